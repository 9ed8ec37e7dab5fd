// The connection over which raw messages and marks come, in one order. It is one of its own, beside that of the bus: what
// strangers publish, as much and as fast as they like, must neither hold up the log's frames nor get their connection cut.

import type { Redis } from 'ioredis';
import { connect, type RedisAddress } from '../bus/redis-connection.ts';
import type { Logger } from '../log.ts';

export interface RawListener {
  /** Everything from now on comes, until `down`. */
  up(): void;
  down(): void;
  message(channel: string, bytes: Buffer): void;
}

const SUBSCRIBE_AGAIN_MS = 500;

export class RawSubscription {
  readonly #redis: Redis;
  readonly #channels: readonly string[];
  readonly #log: Logger;
  readonly #listener: RawListener;
  #subscribed = false;
  #trouble = '';
  #givingUp: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(address: RedisAddress, channels: readonly string[], log: Logger, listener: RawListener) {
    this.#channels = channels;
    this.#log = log;
    this.#listener = listener;
    this.#redis = connect(address, 'flask', {
      ready: () => void this.#subscribe(),
      down: (reason) => this.#down(reason),
    });
    this.#redis.on('messageBuffer', (channel: Buffer, bytes: Buffer) => listener.message(channel.toString(), bytes));
  }

  get subscribed(): boolean {
    return this.#subscribed;
  }

  start(): void {
    // A first attempt that fails is told by the connection's own events, and repeated like every other.
    this.#redis.connect().catch(() => undefined);
  }

  /** It looks alive and brings nothing: another one may. */
  renew(): void {
    this.#redis.disconnect(true);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#givingUp);
    this.#redis.disconnect();
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#redis.subscribe(...this.#channels);
      this.#subscribed = true;
      this.#trouble = '';
      this.#log.info({ channels: this.#channels }, 'listening to what Flask apps publish');
      this.#listener.up();
    } catch (error) {
      this.#complain((error as Error).message);
      // Nothing would ask again over this connection; soon, but not at once, or a user who may not subscribe would be
      // asked for without end.
      this.#givingUp = setTimeout(() => this.renew(), SUBSCRIBE_AGAIN_MS);
    }
  }

  #down(reason: string): void {
    clearTimeout(this.#givingUp);
    this.#complain(reason);
    if (!this.#subscribed) return;
    this.#subscribed = false;
    this.#listener.down();
  }

  /** Once, until it is there again. */
  #complain(reason: string): void {
    if (this.#trouble === '' && !this.#closed)
      this.#log.warn({ reason }, 'not listening to what Flask apps publish: trying again until it can be heard');
    this.#trouble ||= reason;
  }
}
