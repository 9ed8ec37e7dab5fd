// The laboratory: servers, and a workload that goes on whatever happens to them. After each fault it comes to rest, and
// the checker judges what publishers and subscribers saw since the rest before.

import type { Id } from '../../src/entry.ts';
import { compareIds } from '../../src/entry.ts';
import { until } from '../support/until.ts';
import { check, type SubscriberLog, type Violation } from './checker.ts';
import { moreThan, type OpenResources, openResources } from './open-resources.ts';
import { pick, type Random } from './random.ts';
import { Reader } from './reader.ts';
import { Sender } from './sender.ts';
import { HEARTBEAT_MS, type Servers, startServers, total } from './servers.ts';

export interface LabOptions {
  readonly random: Random;
  /** Whether Redis keeps all that it acknowledged. */
  readonly durable: boolean;
  readonly subscribers: number;
  /** How many of them reconnect at random. */
  readonly restless: number;
  readonly perSecond: number;
  /** Opens one more, which the restlessness spares, through this address. */
  readonly witness?: (url: string, channel: string) => Promise<Watcher>;
}

/** A subscriber, to the laboratory: its own code, or a browser's. */
export interface Watcher {
  readonly cursor: Id | undefined;
  readonly live: boolean;
  readonly log: SubscriberLog;
  /** Answers that would have ended, or have ended, an EventSource for good (R11). */
  readonly finals: string[];
  /** Begins a new log where this one has come to. */
  forget(): void;
  close(): void;
}

/** What happened from one rest to the next. */
export interface Round {
  readonly sent: number;
  readonly delivered: number;
  readonly violations: readonly Violation[];
  /** Answers to publishers that were not an acknowledgement. */
  readonly failures: readonly string[];
  /** The longest that a publisher waited for an answer. */
  readonly slowestMs: number;
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

// A client's idle connection to a replica may be kept for 75 s.
const KEPT_ALIVE_MS = 90_000;

export class Lab {
  readonly servers: Servers;
  readonly random: Random;
  readonly readers: readonly Watcher[];
  readonly sender: Sender;
  readonly #restless: readonly Reader[];
  readonly #restlessness: NodeJS.Timeout;
  readonly #atRest: OpenResources;
  #resting = true;

  static async start(options: LabOptions): Promise<Lab> {
    const servers = await startServers(options.random, options.durable);
    try {
      const atRest = await openResources(servers);
      const witness = await options.witness?.(servers.front.url, CHANNELS[0] as string);
      const lab = new Lab(servers, options, atRest, witness === undefined ? [] : [witness]);
      await until('every subscriber is subscribed', () => lab.readers.every(({ live }) => live));
      lab.#resume();
      return lab;
    } catch (error) {
      await servers.stop();
      throw error;
    }
  }

  private constructor(servers: Servers, options: LabOptions, atRest: OpenResources, witnesses: readonly Watcher[]) {
    const { random, subscribers, restless, perSecond } = options;
    this.servers = servers;
    this.random = random;
    this.#atRest = atRest;
    const { url } = servers.front;
    const readers = Array.from({ length: subscribers }, (_, index) => {
      const channels = [CHANNELS[index % CHANNELS.length] as string];
      return new Reader({ name: `subscriber ${index}`, url, channels, heartbeatMs: HEARTBEAT_MS });
    });
    this.readers = [...readers, ...witnesses];
    this.#restless = readers.slice(0, restless);
    this.sender = new Sender({ name: 'm', url, channels: CHANNELS, perSecond });
    this.#restlessness = setInterval(() => this.#disturb(), RECONNECT_EVERY_MS);
  }

  /** Heals the servers, brings the workload to rest, judges it, and lets it go on. */
  async settle(): Promise<Round> {
    const over = performance.now();
    await this.servers.heal();
    await this.#rest();
    await this.allAtTip();
    const round = this.#judge(performance.now() - over);
    await until('the replicas hold one stream for each subscriber', () => this.#balanced());
    for (const each of [...this.readers, this.sender]) each.forget();
    this.#resume();
    return round;
  }

  /** Runs `act` while nobody sends or reconnects. */
  async quietly(act: () => Promise<void>): Promise<void> {
    await this.#rest();
    try {
      await act();
    } finally {
      this.#resume();
    }
  }

  /** Sends one more message to everybody; resolves when every subscriber has come to it. */
  async allAtTip(): Promise<void> {
    const tip = await this.sender.send(CHANNELS);
    if (tip.status !== 'acknowledged') throw new Error('the last message was not acknowledged');
    await this.reached(tip.id);
  }

  async reached(id: Id): Promise<void> {
    const behind = () => this.readers.filter((reader) => !hasReached(reader, id));
    await until('every subscriber is there', () => behind().length === 0).catch(() => {
      const who = behind().map(({ log, cursor, finals }) => `${log.name} at ${cursor} (${finals.join()})`);
      throw new Error(`These never came to ${id}: ${who.join('; ')}`);
    });
  }

  /** Ends the workload and nginx; resolves when the replicas hold no more than before it began. */
  async leave(): Promise<void> {
    await this.#rest();
    this.#end();
    await until('no stream is left', async () => (await total(this.servers, 'fanfare_streams')) === 0);
    await this.servers.nginx.kill();
    let left = '';
    const rested = async () => {
      left = moreThan(this.#atRest, await openResources(this.servers));
      return left === '';
    };
    await until('the replicas let go of what they held', rested, KEPT_ALIVE_MS).catch(() => {
      throw new Error(`After the workload the replicas still hold ${left}`);
    });
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

  /** Stops sending and reconnecting; resolves when all that was sent has been answered. */
  async #rest(): Promise<void> {
    this.#resting = true;
    this.sender.pause();
    await until('every send has been answered', () => this.sender.open === 0);
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
    const { sent, failures, slowestMs } = this.sender;
    return {
      sent: sent.length,
      delivered: subscribers.reduce((sum, { seen }) => sum + seen.filter(({ kind }) => kind === 'message').length, 0),
      violations: check({ sent, subscribers }),
      failures,
      slowestMs,
      resets: subscribers.map(({ seen }) => seen.flatMap((each) => (each.kind === 'reset' ? [each.reason] : []))),
      finals: this.readers.flatMap(({ finals }) => finals.splice(0)),
      recoveryMs,
    };
  }
}

export function hasReached({ cursor }: Pick<Watcher, 'cursor'>, id: Id): boolean {
  return cursor !== undefined && compareIds(cursor, id) >= 0;
}
