// The log as commands over one connection: append, look, read. What went wrong comes out as the bus's own errors.

import type { Redis } from 'ioredis';
import { BEFORE_ALL, type Entry, type Id, idTime } from '../entry.ts';
import type { Rate } from '../limits/rates.ts';
import type { RingBounds } from '../ring.ts';
import {
  BusFull,
  BusUnavailable,
  type IdempotencyKey,
  type LogExtent,
  type Page,
  type Publication,
  type Published,
} from './bus.ts';
import type { Tip } from './follower.ts';
import { decodeEntry } from './frame.ts';
import { published } from './publish-reply.ts';
import {
  type Argument,
  type Fence,
  type LogCommands,
  type LookReply,
  scriptCall,
  withScripts,
} from './redis-scripts.ts';

export interface LogOptions {
  /** Of all keys and of the pub/sub channel. */
  readonly prefix: string;
  /** The database: PUBLISH ignores it, so it is part of the channel. */
  readonly database: number;
  readonly historySize: number;
  readonly historyBytes: number;
  readonly durable: boolean;
}

type Rates = readonly Rate[];

const PAGE_ENTRIES = 1_000;

// How long a publish may be under way to Redis: longer than anybody waits for it, and far shorter than the key of a request
// without one of its own is remembered (P8).
const PUBLISH_WITHIN_MS = 10_000;
// Once a publish has taken this long, there is no time for another command after it (P5: an answer within 2 s).
const SECOND_TRY_MS = 400;

export class RedisLog {
  /** The pub/sub channel that says what is new in the log. */
  readonly channel: string;
  readonly #redis: LogCommands;
  readonly #options: LogOptions;
  /** What all keys begin with. */
  readonly #base: string;
  readonly #log: string;
  readonly #position: () => Id | undefined;
  #timeouts = 0;
  #extent: LogExtent | undefined;
  /** Redis's clock less ours, at the last look. */
  #clockAheadMs: number | undefined;

  /** @param position the newest id that the caller knows, so that no loss lets an id come again */
  constructor(redis: Redis, options: LogOptions, position: () => Id | undefined) {
    // The braces keep all keys of a partition together; there is one partition.
    this.#base = `${options.prefix}:{0}`;
    this.channel = `${this.#base}:${options.database}`;
    this.#log = `${this.#base}:log`;
    this.#options = options;
    this.#position = position;
    // What a lost connection did not answer says nothing about the next one.
    redis.on('close', () => {
      this.#timeouts = 0;
    });
    this.#redis = withScripts(redis);
  }

  get connected(): boolean {
    return this.#redis.status === 'ready';
  }

  /** True while commands time out: a Redis that is frozen still looks connected. */
  get stalled(): boolean {
    return this.#timeouts > 0;
  }

  /** How many commands in a row have timed out. */
  get timeouts(): number {
    return this.#timeouts;
  }

  /** What the log held at the last look. */
  get extent(): LogExtent | undefined {
    return this.#extent;
  }

  /** The version of this Redis, such as `8.0.2`. */
  async version(): Promise<string> {
    const info = await this.#ask((redis) => redis.info('server'));
    return /redis_version:(\S+)/.exec(info)?.[1] ?? 'of unknown version';
  }

  /**
   * As `Bus.publish`. A full Redis may only be full of history, so room is made and the publish tried once more.
   * @throws LeaseLost where the guard is a fence
   */
  async append(
    publications: readonly Publication[],
    guard?: IdempotencyKey | Fence,
    origin = '',
    rates: Rates = [],
  ): Promise<Published> {
    // Whoever asks next need not wait as long as the last did: a look asks all the time whether Redis is back.
    if (this.stalled) throw new BusUnavailable('Redis does not answer');
    const messages = publications.flatMap(({ channels, body }) => [channels.join('\t'), body]);
    const begun = performance.now();
    const hurry = () => performance.now() - begun > SECOND_TRY_MS;
    const content = () => [origin, this.#latest(begun), ...messages];
    const publish = () => this.#ask((redis) => redis.publishToLog(...this.#call('publish', content(), guard, rates)));
    let reply = await publish().catch(async (error: Error) => {
      if (!(error instanceof BusFull) || hurry()) throw error;
      // The look also knows the key: what was added before Redis was full is not refused now (P4).
      const looked = await this.#ask((redis) => redis.lookAtLog(...this.#call('look', content(), guard)));
      if (looked[0] !== 'tip') return looked;
      if (hurry()) throw error;
      return publish();
    });
    if (reply[0] === 'late' && !hurry()) {
      // Nothing was added, and it was not under way for long: Redis's clock has been set, or it is another Redis.
      await this.look();
      reply = await publish();
    }
    return published(reply, rates);
  }

  /** The log's tip, after a break has been appended where Redis may have lost messages (R6). */
  async look(): Promise<Tip> {
    const reply = await this.#ask((redis) => redis.lookAtLog(...this.#call('look', ['', 0])));
    const [, id, prev, entries, bytes, oldest, now] = reply as LookReply;
    this.#clockAheadMs = Number(now) - performance.now();
    this.#extent = { entries, bytes: Number(bytes), oldestAt: idTime(oldest) };
    return { id, prev };
  }

  /** As `Bus.read`. */
  async read(from: Id, limit: number): Promise<Page> {
    const [page, [oldest], [tip]] = await this.#ask((redis) => redis.readLogBuffer(1, this.#log, from, limit, 'on'));
    if (oldest === undefined || tip === undefined) throw new BusUnavailable('the log has been deleted');
    const entries = page.map(decodeEntry);
    const tipId = tip[0].toString() as Id;
    const newest = entries.at(-1);
    const more = newest !== undefined && newest.id !== tipId;
    return { entries, oldest: oldest[0].toString() as Id, tip: tipId, more };
  }

  /** As `Bus.readBack`; undefined: from the tip. */
  async readBack(from: Id | undefined, limit: number): Promise<readonly Entry[]> {
    const [page] = await this.#ask((redis) => redis.readLogBuffer(1, this.#log, from ?? '+', limit, 'back'));
    return page.map(decodeEntry);
  }

  /** As much of the log's end as the bounds allow, oldest first. */
  async end(bounds: RingBounds): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    let bytes = 0;
    while (entries.length < bounds.entries && bytes < bounds.bytes) {
      const page = await this.readBack(entries.at(-1)?.prev, PAGE_ENTRIES);
      if (page.length === 0) break;
      entries.push(...page);
      for (const entry of page) bytes += entry.kind === 'message' ? entry.block.length : 0;
    }
    return entries.reverse();
  }

  /** Sends a frame to every subscriber of the channel, past the log. */
  async announce(frame: string): Promise<void> {
    await this.#ask((redis) => redis.publish(this.channel, frame));
  }

  /** By when a publish that begins at `begun` is to be in the log, on Redis's clock; 0 where that is not known. */
  #latest(begun: number): number {
    return this.#clockAheadMs === undefined ? 0 : Math.round(begun + this.#clockAheadMs) + PUBLISH_WITHIN_MS;
  }

  #call(mode: 'publish' | 'look', content: readonly Argument[], guard?: IdempotencyKey | Fence, rates: Rates = []) {
    const call = { ...this.#options, base: this.#base, channel: this.channel, mode };
    return scriptCall({ ...call, position: this.#position() ?? BEFORE_ALL }, content, guard, rates);
  }

  /** What Redis answers; its refusals and the network's failures as errors of the bus. */
  async #ask<T>(command: (redis: LogCommands) => Promise<T>): Promise<T> {
    if (!this.connected) throw new BusUnavailable('Redis cannot be reached');
    try {
      const reply = await command(this.#redis);
      this.#timeouts = 0;
      return reply;
    } catch (error) {
      const { message } = error as Error;
      this.#timeouts = message === 'Command timed out' ? this.#timeouts + 1 : 0;
      if (message.startsWith('OOM')) throw new BusFull(message);
      throw new BusUnavailable(message, { cause: error });
    }
  }
}
