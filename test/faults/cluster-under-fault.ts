// The laboratory: servers, and a workload that goes on whatever happens to them. After each fault it comes to rest, and
// the checker judges what publishers and subscribers saw since the rest before.

import type { Id } from '../../src/entry.ts';
import { compareIds } from '../../src/entry.ts';
import { until } from '../support/until.ts';
import { check, type Violation } from './checker.ts';
import { pick, type Random } from './random.ts';
import { Reader } from './reader.ts';
import { Sender } from './sender.ts';
import { HEARTBEAT_MS, type Servers, startServers, total } from './servers.ts';

export interface LabOptions {
  readonly durable: boolean;
  readonly subscribers: number;
  /** How many of them reconnect at random. */
  readonly restless: number;
  readonly perSecond: number;
}

/** What happened from one rest to the next. */
export interface Round {
  readonly sent: number;
  readonly delivered: number;
  readonly violations: readonly Violation[];
  /** Answers to publishers that were not an acknowledgement. */
  readonly failures: readonly string[];
  /** For each subscriber, the reasons of its resets. */
  readonly resets: readonly (readonly string[])[];
  /** Answers that would have ended an EventSource for good (R11). */
  readonly finals: readonly string[];
  /** From the end of the fault until every subscriber was at the tip. */
  readonly recoveryMs: number;
}

export const CHANNELS: readonly string[] = Array.from({ length: 10 }, (_, index) => `channel ${index}`);

// Restless subscribers come back this often, all of them together.
const RECONNECT_EVERY_MS = 100;

export class Lab {
  readonly servers: Servers;
  readonly random: Random;
  readonly readers: readonly Reader[];
  readonly sender: Sender;
  readonly #restless: readonly Reader[];
  readonly #restlessness: NodeJS.Timeout;
  #resting = true;

  static async start(random: Random, options: LabOptions): Promise<Lab> {
    const servers = await startServers(random, options.durable);
    const lab = new Lab(servers, random, options);
    await until('every subscriber is subscribed', () => lab.readers.every(({ live }) => live));
    lab.#resume();
    return lab;
  }

  private constructor(servers: Servers, random: Random, { subscribers, restless, perSecond }: LabOptions) {
    this.servers = servers;
    this.random = random;
    const { url } = servers.nginx;
    this.readers = Array.from({ length: subscribers }, (_, index) => {
      const channels = [CHANNELS[index % CHANNELS.length] as string];
      return new Reader({ name: `subscriber ${index}`, url, channels, heartbeatMs: HEARTBEAT_MS });
    });
    this.#restless = this.readers.slice(0, restless);
    this.sender = new Sender({ url, channels: CHANNELS, perSecond });
    this.#restlessness = setInterval(() => this.#disturb(), RECONNECT_EVERY_MS);
  }

  /** Those that listen to `channel`. */
  on(channel: string): readonly Reader[] {
    return this.readers.filter(({ log }) => log.channels.includes(channel));
  }

  /** Heals the servers, brings the workload to rest, judges it, and lets it go on. */
  async settle(): Promise<Round> {
    await this.servers.heal();
    const healedAt = performance.now();
    await this.quiet();
    const tip = await this.sender.send(CHANNELS);
    if (tip.status !== 'acknowledged') throw new Error('the last message was not acknowledged');
    await until('every subscriber is at the tip', () => this.readers.every((reader) => hasReached(reader, tip.id)));
    const round = this.#judge(performance.now() - healedAt);
    await until('the replicas hold one stream for each subscriber', () => this.#balanced());
    for (const each of [...this.readers, this.sender]) each.forget();
    this.#resume();
    return round;
  }

  /** Stops sending and reconnecting; resolves when all that was sent has been answered. */
  async quiet(): Promise<void> {
    this.#resting = true;
    this.sender.pause();
    await until('every send has been answered', () => this.sender.open === 0);
  }

  /** Ends the workload; resolves when the replicas have let go of it. */
  async leave(): Promise<void> {
    await this.quiet();
    this.#end();
    await until('no stream is left', async () => (await total(this.servers, 'fanfare_streams')) === 0);
  }

  async stop(): Promise<void> {
    this.#end();
    await this.servers.stop();
  }

  #end(): void {
    clearInterval(this.#restlessness);
    this.sender.close();
    for (const reader of this.readers) reader.close();
  }

  #resume(): void {
    this.#resting = false;
    this.sender.resume();
  }

  #disturb(): void {
    if (!this.#resting && this.#restless.length > 0) pick(this.random, this.#restless).reconnect();
  }

  async #balanced(): Promise<boolean> {
    const live = this.readers.every((reader) => reader.live);
    return live && (await total(this.servers, 'fanfare_streams')) === this.readers.length;
  }

  #judge(recoveryMs: number): Round {
    const subscribers = this.readers.map(({ log }) => log);
    const { sent, failures } = this.sender;
    return {
      sent: sent.length,
      delivered: subscribers.reduce((sum, { seen }) => sum + seen.filter(({ kind }) => kind === 'message').length, 0),
      violations: check({ sent, subscribers }),
      failures,
      resets: subscribers.map(({ seen }) => seen.flatMap((each) => (each.kind === 'reset' ? [each.reason] : []))),
      finals: this.readers.flatMap(({ finals }) => finals.splice(0)),
      recoveryMs,
    };
  }
}

export function hasReached({ cursor }: Reader, id: Id): boolean {
  return cursor !== undefined && compareIds(cursor, id) >= 0;
}
