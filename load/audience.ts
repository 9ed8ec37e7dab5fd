// The streams of one virtual user, and what they are owed: every acknowledged message of their channel, once and in order.

import { check } from 'k6';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import type { Options } from 'k6/options';
import { type Counts, type StreamOptions, Swarm } from 'k6/x/sse';
import { type Publisher, pause } from './publisher.ts';
import { setting, TARGET } from './settings.ts';

/** Virtual users, each with its own channels and its share of the streams; several generators share them out. */
export const USERS = setting('USERS', 1);

/** Nothing lost, doubled, out of order or reset, and no publish that had to be repeated. */
export const EXACT: NonNullable<Options['thresholds']> = {
  sse_gaps: ['count==0'],
  sse_duplicates: ['count==0'],
  sse_reorderings: ['count==0'],
  sse_unchecked: ['count==0'],
  sse_resets: ['count==0'],
  sse_refused: ['count==0'],
  publish_repeated: ['count==0'],
  undelivered: ['count==0'],
  checks: ['rate==1'],
  // Where nothing was counted, k6 would find nothing wrong.
  judged: ['count>0'],
};

/** Where nobody disturbs the cluster: no stream is lost, and no attempt to connect fails. */
export const UNDISTURBED: NonNullable<Options['thresholds']> = {
  ...EXACT,
  sse_reconnects: ['count==0'],
  sse_failures: ['count==0'],
};

/** One iteration of each user. */
export const ONCE = { executor: 'per-vu-iterations', vus: USERS, iterations: 1, maxDuration: '45m' } as const;

/** As k6's summary shows a trend. */
export const TREND_STATS = ['min', 'med', 'p(99)', 'p(99.9)', 'max', 'count'];

/** Messages that were acknowledged and did not come, or came and were not, by the time the test was over. */
const undelivered = new Counter('undelivered');
/** Users who came to the end and were judged. */
const judged = new Counter('judged');

// Longer than a repair and a reconnection take together.
const ARRIVE_MS = 15_000;
// What comes twice may come late.
const LINGER_MS = 1_000;
const LOOK_MS = 100;
// Where one does not come by then, the test has failed.
const OPEN_MS = 120_000;
const SETTLE_MS = 1_800_000;

export interface AudienceOptions extends StreamOptions {
  /** How many channels, of each user. */
  readonly channels: number;
  /** How many streams, of all users together. */
  readonly streams: number;
  /** How many of them begin in a second, of all users together. */
  readonly connectsPerSecond: number;
}

export class Audience {
  readonly channels: readonly string[];
  readonly urls: readonly string[];
  readonly swarm: Swarm;
  readonly streams: number;

  constructor({ channels, streams, connectsPerSecond, ...options }: AudienceOptions) {
    this.channels = Array.from({ length: channels }, (_, index) => `load-${exec.vu.idInTest}-${index}`);
    this.streams = Math.max(1, Math.round(streams / USERS));
    this.urls = this.channels.map((channel) => `${TARGET}/stream?channel=${channel}`);
    this.swarm = new Swarm({
      ...options,
      urls: this.urls,
      streams: this.streams,
      connectsPerSecond: connectsPerSecond / USERS,
    });
  }

  /** Resolves when all streams are open. */
  async opened(): Promise<void> {
    await this.swarm.opened();
    const open = await this.until(OPEN_MS, ({ ready }) => ready === this.streams);
    check(open, { 'all streams were opened': () => open });
    // Of what comes from now on.
    this.swarm.delivery();
  }

  /** Resolves with whether it came true in time. */
  async until(ms: number, condition: (counts: Counts) => boolean): Promise<boolean> {
    const end = Date.now() + ms;
    while (!condition(this.swarm.counts())) {
      if (Date.now() > end) return false;
      await pause(LOOK_MS);
    }
    return true;
  }

  /** Resolves when all streams are open and none has moved for so long. */
  async settled(quietSeconds: number): Promise<void> {
    let moved = -1;
    let quiet = after(quietSeconds);
    await this.until(SETTLE_MS, ({ ready, reconnects }) => {
      if (ready < this.streams || reconnects !== moved) {
        moved = reconnects;
        quiet = after(quietSeconds);
      }
      return quiet();
    });
  }

  /** Breaks so many connections every so many seconds. */
  async disturb(count: number, everySeconds: number, over: () => boolean): Promise<void> {
    while (!over()) {
      this.swarm.cut(count);
      await pause(everySeconds * 1000);
    }
  }

  /** Waits for what is on its way, judges it, and lets the streams go. */
  async leave(publisher: Publisher): Promise<Counts> {
    const owed = this.#owed(publisher);
    await this.until(ARRIVE_MS, ({ events, ready }) => events >= owed && ready === this.streams);
    await pause(LINGER_MS);
    check(this.swarm.counts(), { 'all streams are open at the end': ({ ready }) => ready === this.streams });
    const counts = await this.swarm.close();
    undelivered.add(Math.abs(owed - counts.events));
    judged.add(1);
    return counts;
  }

  /** Stream i listens to channel i modulo their number. */
  #owed({ acknowledged }: Publisher): number {
    return this.channels.reduce((sum, channel, index) => {
      const streams = Math.ceil((this.streams - index) / this.channels.length);
      return sum + Math.max(0, streams) * (acknowledged.get(channel) ?? 0);
    }, 0);
  }
}

/** A condition that comes true after so many seconds. */
export function after(seconds: number): () => boolean {
  const end = Date.now() + seconds * 1000;
  return () => Date.now() >= end;
}
