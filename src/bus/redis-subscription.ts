// A connection to Redis that listens to channels. One that is there and cannot subscribe is given up for another, since
// nothing would ask again over it. What comes, and what being away means, is its user's business.

import {
  type Connection,
  type ConnectionEvents,
  type ConnectionRole,
  connect,
  type RedisAddress,
} from './redis-connection.ts';

export interface SubscriptionEvents extends ConnectionEvents {
  /** Everything from now on comes, until `down`. */
  subscribed(): void;
  /** The connection is there and Redis does not let it subscribe, or does not answer; it is asked again. */
  refused(reason: string): void;
  message(channel: Buffer, bytes: Buffer): void;
}

// Soon, but not at once, or a user who may not subscribe would be asked for without end.
const SUBSCRIBE_AGAIN_MS = 500;

export class RedisSubscription {
  readonly #redis: Connection;
  readonly #channels: readonly string[];
  readonly #events: SubscriptionEvents;
  #subscribed = false;
  /** Ends with the connection that could not subscribe. */
  #givingUp: NodeJS.Timeout | undefined;

  constructor(address: RedisAddress, role: ConnectionRole, channels: readonly string[], events: SubscriptionEvents) {
    this.#channels = channels;
    this.#events = events;
    this.#redis = connect(address, role, {
      ready: () => {
        events.ready();
        void this.#subscribe();
      },
      down: (reason) => this.#down(reason),
    });
    this.#redis.on('messageBuffer', (channel: Buffer, bytes: Buffer) => events.message(channel, bytes));
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
    this.#redis.giveUp();
  }

  /** Ends it; nothing more is told. */
  close(): void {
    clearTimeout(this.#givingUp);
    this.#redis.disconnect();
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#redis.subscribe(...this.#channels);
    } catch (error) {
      // A connection that has gone meanwhile has told so itself.
      if (this.#redis.status !== 'ready') return;
      this.#givingUp = setTimeout(() => this.renew(), SUBSCRIBE_AGAIN_MS);
      this.#events.refused((error as Error).message);
      return;
    }
    this.#subscribed = true;
    this.#events.subscribed();
  }

  #down(reason: string): void {
    clearTimeout(this.#givingUp);
    this.#subscribed = false;
    this.#events.down(reason);
  }
}
