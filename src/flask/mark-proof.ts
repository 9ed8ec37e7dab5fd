// Whether the subscription of the intake brings anything, and whether anybody takes messages in: marks prove both, since
// whoever has the lease publishes one every half second.

import type { Found, Mark } from './lease.ts';

// Longer than a lease, so that a holder that dies and is followed at once makes nobody unready.
const FRESH_MS = 3_500;
const DEAF_MS = 2_500;

/** Times are milliseconds of a clock that never goes back. */
export class MarkProof {
  #heard: Pick<Mark, 'epoch' | 'mark'> = { epoch: '', mark: 0 };
  #heardAt = Number.NEGATIVE_INFINITY;
  /** A mark that Redis has spoken of and that has not come. */
  #awaited: { readonly epoch: string; readonly mark: number; readonly since: number } | undefined;

  /** Whether a mark came lately. */
  fresh(now: number): boolean {
    return now - this.#heardAt < FRESH_MS;
  }

  heard({ epoch, mark }: Mark, now: number): void {
    this.#heard = { epoch, mark };
    this.#heardAt = now;
    const awaited = this.#awaited;
    // Where Redis's memory was emptied, what is awaited may be of an epoch that is over.
    if (awaited !== undefined && (awaited.epoch !== epoch || awaited.mark <= mark)) this.#awaited = undefined;
  }

  /** The subscription is another one. */
  resubscribed(): void {
    this.#awaited = undefined;
  }

  /** Redis says which mark is the newest: it may still be under way, but not for long. */
  told({ epoch, mark }: Found, now: number): void {
    const has = this.#heard.epoch === epoch && this.#heard.mark >= mark;
    if (this.#awaited === undefined && !has) this.#awaited = { epoch, mark, since: now };
  }

  /** A mark is long overdue: the connection is deaf, although it looks alive. */
  deaf(now: number): boolean {
    return this.#awaited !== undefined && now - this.#awaited.since > DEAF_MS;
  }
}
