// Having the lease of the intake, or trying to: when it is renewed, asked for, offered to another, and doubted.

import { LeaseLost } from '../bus/publish-reply.ts';
import type { Logger } from '../log.ts';
import type { Found, Lease } from './lease.ts';
import type { MarkProof } from './mark-proof.ts';
import type { Taker } from './taker.ts';

export interface TenureParts {
  readonly lease: Lease;
  readonly taker: Taker;
  readonly proof: MarkProof;
  readonly logger: Logger;
  /** Whether everything that is published reaches this replica now. */
  readonly subscribed: () => boolean;
}

const RENEW_MS = 500;
const TRY_MS = 200;
// Who could not follow without a gap lets those try first who can.
const TRY_LATER_MS = 500;

export class Tenure {
  readonly #parts: TenureParts;
  #dueAt = 0;
  #taking = false;
  #leaving = false;
  #trouble = '';

  constructor(parts: TenureParts) {
    this.#parts = parts;
  }

  /** True from getting the lease until another is known to have it. */
  get taking(): boolean {
    return this.#taking;
  }

  /** Whoever can shall take over, and nobody is followed any more. */
  leave(): void {
    this.#leaving = true;
    this.hurry();
  }

  /** A mark came that says that the lease can be had. */
  offered(): void {
    if (!this.#leaving && this.#parts.taker.queue.joined) this.hurry();
  }

  /** What is due is due now. */
  hurry(): void {
    this.#dueAt = 0;
  }

  /** Renews the lease or asks for it, where that is due. @returns whether it is held, and was asked for just now */
  async keep(): Promise<boolean> {
    if (performance.now() < this.#dueAt) return false;
    if (this.#parts.lease.held) await this.#renew();
    // Who has it and is in doubt asks again even where it leaves: perhaps nobody else is there to go on.
    else if (this.#parts.subscribed() && (this.#taking || !this.#leaving)) await this.#acquire();
    else return false;
    return this.#parts.lease.held;
  }

  /**
   * Something that was sent has failed, and perhaps been done: what was sent under this token shall not count later.
   * @param told whether somebody else says why
   */
  failed(error: Error, told: boolean): void {
    const { lease, logger } = this.#parts;
    lease.doubt();
    this.#dueAt = performance.now() + TRY_MS;
    if (error instanceof LeaseLost) this.#becomes(false);
    else if (!told && error.message !== this.#trouble)
      logger.warn({ reason: error.message }, 'what Flask apps publish cannot be taken in now: trying again');
    this.#trouble = error.message;
  }

  /** Messages were given up; of a replica that stands by they are copies. */
  forgot(messages: number): void {
    if (this.#taking) this.#parts.taker.drop('lost', messages);
  }

  async #renew(): Promise<void> {
    const { lease, taker } = this.#parts;
    this.#dueAt = performance.now() + RENEW_MS;
    this.#learn(await lease.renew(taker.queue.done, this.#yields));
  }

  async #acquire(): Promise<void> {
    const { lease, taker } = this.#parts;
    const { joined } = taker.queue;
    this.#dueAt = performance.now() + (joined ? TRY_MS : TRY_LATER_MS);
    this.#learn(await lease.acquire(joined));
    // Who yields says so at once.
    if (lease.held) this.#dueAt = this.#yields ? 0 : performance.now() + RENEW_MS;
  }

  /** Without a subscription another, who hears all, had better go on. */
  get #yields(): boolean {
    return this.#leaving || !this.#parts.subscribed();
  }

  #learn(found: Found): void {
    const { taker, proof, subscribed } = this.#parts;
    if (subscribed()) proof.told(found, performance.now());
    this.forgot(taker.queue.begin(found.epoch));
    const waiting = taker.queue.size;
    taker.queue.take(found.taken);
    // They were under way when their answer was lost.
    if (found.held && this.#taking) taker.took(waiting - taker.queue.size);
    this.#becomes(found.held);
    if (found.held) taker.drop('overflow', taker.queue.fallen());
    this.#trouble = '';
  }

  #becomes(taking: boolean): void {
    if (taking === this.#taking) return;
    this.#taking = taking;
    const what = taking ? 'taking in what Flask apps publish' : 'another takes in what Flask apps publish';
    this.#parts.logger.info({ waiting: this.#parts.taker.queue.size }, what);
  }
}
