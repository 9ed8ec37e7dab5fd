// What Flask apps publish on Redis channels, taken into the log by one replica at a time (F1–F6).
//
// Every replica listens and keeps what is not known to be taken. One has the lease: it appends, in the order in which Redis
// gave them, and each append notes in the same step up to where messages are taken now. Whoever follows, because the holder
// yields, stops or dies, goes on from there with its own copies; so between two replicas that listen nothing is lost and
// nothing comes twice, whatever was under way. What the old holder still sends has an old token, and adds nothing.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RedisSubscription } from '../bus/redis-subscription.ts';
import type { Logger } from '../log.ts';
import { decodeMark, type Lease } from './lease.ts';
import { MarkProof } from './mark-proof.ts';
import type { RawListener } from './raw-subscription.ts';
import { type FencedLog, type IntakeObserver, Taker } from './taker.ts';
import { Tenure } from './tenure.ts';

export interface IntakeParts {
  readonly lease: Lease;
  readonly log: FencedLog;
  readonly subscribe: (listener: RawListener) => RedisSubscription;
  readonly observer: IntakeObserver;
  readonly logger: Logger;
  readonly maxMessageBytes: number;
}

const TICK_MS = 100;
// At the end, what waits gets this long to be taken.
const LAST_MS = 1_000;

export class Intake {
  readonly #lease: Lease;
  readonly #log: FencedLog;
  readonly #subscription: RedisSubscription;
  readonly #taker: Taker;
  readonly #tenure: Tenure;
  readonly #proof = new MarkProof();
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor({ lease, log, subscribe, observer, logger, maxMessageBytes }: IntakeParts) {
    this.#lease = lease;
    this.#log = log;
    const taker = new Taker(lease, log, observer, maxMessageBytes);
    this.#taker = taker;
    const subscribed = () => this.#subscription.subscribed;
    this.#tenure = new Tenure({ lease, taker, proof: this.#proof, logger, subscribed });
    this.#subscription = subscribe({
      up: () => this.#up(),
      down: () => this.#hurry(),
      message: (channel, bytes) => this.#receive(channel, bytes),
    });
  }

  start(): void {
    this.#subscription.start();
    this.#timer = setInterval(() => this.#wake(), TICK_MS);
  }

  /** Whether this replica is the one that takes messages in. */
  get taking(): boolean {
    return this.#tenure.taking;
  }

  /** Messages that wait to be taken by this replica. */
  get waiting(): number {
    return this.taking ? this.#taker.queue.size : 0;
  }

  /** Why a message that a Flask app publishes now might not reach the log; empty where it would (F6). */
  unready(): readonly string[] {
    if (!this.#subscription.subscribed) return ['not subscribed to the channels of Flask apps'];
    if (!this.#proof.fresh(performance.now())) return ['nobody takes in what Flask apps publish'];
    return this.#taker.queue.joined ? [] : ['not yet able to follow who takes in what Flask apps publish'];
  }

  /** F4: another shall take over as soon as one can; until then, and to the end, this one goes on. */
  leave(): void {
    this.#tenure.leave();
    this.#wake();
  }

  /** Takes what has come, gives the lease back, and lets go of the connection and the timer. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#working;
    const until = performance.now() + LAST_MS;
    const { queue } = this.#taker;
    try {
      while (this.#lease.held && queue.size > 0 && performance.now() < until) await this.#taker.take();
      if (this.#lease.held) await this.#lease.release(queue.done);
    } catch {
      // It runs out by itself, and who follows goes on from what was noted.
    }
    this.#subscription.close();
  }

  #up(): void {
    this.#taker.queue.resubscribed();
    this.#proof.resubscribed();
    this.#hurry();
  }

  #receive(channel: string, bytes: Buffer): void {
    if (channel === this.#lease.channel) this.#mark(bytes);
    else this.#taker.receive(channel, bytes);
    if (this.#lease.held) this.#wake();
  }

  #mark(bytes: Buffer): void {
    const mark = decodeMark(bytes);
    if (mark === undefined) return;
    this.#proof.heard(mark, performance.now());
    this.#tenure.forgot(this.#taker.queue.mark(mark.epoch, mark.mark, mark.taken));
    if (!mark.free) return;
    this.#tenure.offered();
    this.#wake();
  }

  #hurry(): void {
    this.#tenure.hurry();
    this.#wake();
  }

  #wake(): void {
    if (!this.#closed) this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    // What comes in one turn is taken in one step.
    await nextTurn();
    try {
      while (!this.#closed && (await this.#step()));
    } catch (error) {
      // That there is no connection, the bus tells.
      this.#tenure.failed(error as Error, !this.#log.connected);
    }
    this.#working = undefined;
  }

  /** @returns whether there may be more to do */
  async #step(): Promise<boolean> {
    if (this.#proof.deaf(performance.now())) {
      this.#proof.resubscribed();
      this.#subscription.renew();
    }
    if (!this.#log.connected) return false;
    if (await this.#tenure.keep()) return true;
    if (!this.#lease.held || this.#taker.queue.size === 0) return false;
    await this.#taker.take();
    return true;
  }
}
