// The bus that replicas share: the log is a Redis stream, and pub/sub says what is new in it. This file drives the two
// connections; what a frame, a tip or a page means for the ring is the follower's business.

import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Entry, Id } from '../entry.ts';
import type { Rate } from '../limits/rates.ts';
import type { Logger } from '../log.ts';
import { Ring, type RingBounds } from '../ring.ts';
import type { Bus, IdempotencyKey, Listener, LogExtent, Page, Publication, Published } from './bus.ts';
import type { BusObserver } from './bus-observer.ts';
import { Follower } from './follower.ts';
import { decodeFrame, encodeProbe } from './frame.ts';
import { observed } from './observed.ts';
import { PathProof } from './path-proof.ts';
import { type BusRole, type Connection, connect, type RedisAddress } from './redis-connection.ts';
import { type LogOptions, RedisLog } from './redis-log.ts';
import { RedisSubscription } from './redis-subscription.ts';

export interface RedisBusOptions extends Omit<LogOptions, 'database'>, RedisAddress {
  readonly ring: RingBounds;
}

// The tip is looked at twice before a missing frame is read: a dropped message is filled within about a second (R4).
const CHECK_MS = 500;
const PAGE_ENTRIES = 1_000;
// In a row: about 6 s of silence where nobody publishes, and less under load.
const MOST_TIMEOUTS = 3;
const OLDEST_REDIS = 7;

export class RedisBus implements Bus {
  readonly ring: Ring;
  readonly #bounds: RingBounds;
  readonly #logger: Logger;
  readonly #observer: BusObserver;
  readonly #log: RedisLog;
  readonly #commands: Connection;
  readonly #subscription: RedisSubscription;
  readonly #follower: Follower;
  readonly #path = new PathProof(performance.now());
  #listener: Listener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #checking = false;

  constructor({ url, password, ring, ...options }: RedisBusOptions, logger: Logger, observer: BusObserver) {
    this.ring = new Ring(ring);
    const address = { url, password };
    this.#bounds = ring;
    this.#logger = logger;
    this.#observer = observer;
    this.#follower = new Follower(this.ring, {
      append: (entry) => this.#listener?.append(entry),
      gap: (reason, position) => this.#listener?.gap(reason, position),
      read: (from) => void this.#answerFollower(from),
      repaired: (reason) => observer.repaired(reason),
    });
    const commands = observed('commands', logger, observer, { ready: () => this.#attempt('commands', this.#greet()) });
    this.#commands = connect(address, 'commands', commands);
    const log = { ...options, database: Number(new URL(url).pathname.slice(1)) };
    this.#log = new RedisLog(this.#commands, log, () => this.ring.position);
    this.#subscription = new RedisSubscription(address, 'subscription', [this.#log.channel], {
      ...observed('subscription', logger, observer, { down: () => this.#path.lost() }),
      subscribed: () => this.#attempt('subscription', this.#synchronise()),
      refused: (reason) => this.#unanswered('subscription', reason),
      message: (_channel, bytes) => this.#receive(bytes),
    });
  }

  start(listener: Listener): void {
    this.#listener = listener;
    this.#timer = setInterval(() => void this.#check(), CHECK_MS);
    // A first attempt that fails is told by the connection's own events, and repeated like every other.
    this.#commands.connect().catch(() => undefined);
    this.#subscription.start();
  }

  /** For what else replicas share. */
  get commands(): Redis {
    return this.#commands;
  }

  /** For what is appended under a fence. */
  get log(): RedisLog {
    return this.#log;
  }

  publish(
    publications: readonly Publication[],
    key?: IdempotencyKey,
    origin?: string,
    rates?: readonly Rate[],
  ): Promise<Published> {
    return this.#log.append(publications, key, origin, rates);
  }

  read(from: Id, limit: number): Promise<Page> {
    return this.#log.read(from, limit);
  }

  readBack(from: Id, limit: number): Promise<readonly Entry[]> {
    return this.#log.readBack(from, limit);
  }

  get extent(): LogExtent | undefined {
    return this.#log.extent;
  }

  silentMs(): number {
    return this.#path.silentMs(performance.now());
  }

  unready(): readonly string[] {
    const reasons: string[] = [];
    if (!this.#log.connected) reasons.push('Redis cannot be reached');
    if (this.#log.stalled) reasons.push('Redis does not answer');
    if (!this.#subscription.subscribed) reasons.push('not subscribed to Redis pub/sub');
    if (this.ring.position === undefined) reasons.push('the end of the log is not known yet');
    if (!this.#path.proven(performance.now())) reasons.push('nothing came through Redis pub/sub lately');
    return reasons;
  }

  async close(): Promise<void> {
    this.#listener = undefined;
    clearInterval(this.#timer);
    this.#commands.disconnect();
    this.#subscription.close();
  }

  #attempt(role: BusRole, asked: Promise<void>): void {
    asked.catch((error: Error) => this.#unanswered(role, error.message));
  }

  #unanswered(role: BusRole, reason: string): void {
    this.#logger.warn({ role, reason }, 'Redis did not answer');
  }

  async #greet(): Promise<void> {
    const version = await this.#log.version();
    if (Number.parseInt(version, 10) >= OLDEST_REDIS) await this.#synchronise();
    else this.#observer.refused(`Redis ${version} is too old: use 7.0 or newer, which a full memory cannot half-write`);
  }

  /**
   * Subscribed first and read afterwards: what comes in between is heard twice, and never missed. Where there is no
   * subscription to be had, the log alone says what is new.
   */
  async #synchronise(): Promise<void> {
    if (!this.#log.connected) return;
    await this.#log.look();
    if (this.ring.position === undefined) this.#follower.warm(await this.#log.end(this.#bounds));
    else this.#follower.reconnected();
    if (this.#subscription.subscribed) await this.#probe();
  }

  #receive(bytes: Buffer): void {
    const frame = decodeFrame(bytes);
    const took = this.#path.heard(performance.now(), frame?.kind === 'probe' ? frame.token : undefined);
    if (took !== undefined) this.#observer.roundtrip(took / 1000);
    if (frame?.kind !== 'entry') return;
    this.#observer.frame();
    this.#follower.frame(frame.entry);
  }

  async #answerFollower(from: Id): Promise<void> {
    try {
      this.#follower.page(await this.#log.read(from, PAGE_ENTRIES));
    } catch (error) {
      this.#logger.warn({ reason: (error as Error).message }, 'the log could not be read: trying again');
      this.#follower.failed();
    }
  }

  /** Looks whether something was missed, and whether the subscription still brings anything. */
  async #check(): Promise<void> {
    // Also without a subscription: the log alone then says what is new, until there is one again (R4).
    if (this.#checking || !this.#log.connected) return;
    this.#checking = true;
    try {
      const askedAt = this.ring.position;
      if (askedAt === undefined) await this.#synchronise();
      else this.#follower.tip(await this.#log.look(), askedAt);
      if (this.#subscription.subscribed) await this.#probe();
    } catch {
      // A Redis that does not answer shows in readiness as soon as the proof is too old.
      this.#path.forget();
      // It may be the connection alone that is dead, though nobody has said so: another one may be answered at once.
      if (this.#log.timeouts >= MOST_TIMEOUTS) this.#commands.giveUp();
    } finally {
      this.#checking = false;
    }
  }

  async #probe(): Promise<void> {
    const now = performance.now();
    if (this.#path.deaf(now)) this.#subscription.renew();
    if (!this.#path.due(now)) return;
    const token = randomUUID();
    this.#path.asked(token, now);
    await this.#log.announce(encodeProbe(token));
  }
}
