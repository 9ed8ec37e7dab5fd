// Rates, and how they are kept within this process: by the generic cell rate algorithm as virtual scheduling (ITU-T
// I.371, A). Each rate is one number, the time at which its next unit is due. What rates.lua does in Redis.

import { readFileSync } from 'node:fs';

/** What may pass in a second, and at most at once: GCRA, with one second's worth as its tolerance. */
export interface Rate {
  readonly key: string;
  readonly perSecond: number;
}

export interface Refusal {
  /** What is used up. */
  readonly key: string;
  /** When to come back; 0 where nobody can know. */
  readonly waitMs: number;
}

/** For scripts that take of rates as a part of their step. */
export const RATES_LUA = readFileSync(new URL('rates.lua', import.meta.url), 'utf8');

const TOLERANCE_MS = 1_000;
// Where so many are known, those that have recovered are forgotten.
const CROWD = 10_000;

export class LocalRates {
  /** When all that was taken is paid off, in milliseconds. */
  readonly #due = new Map<string, number>();
  #forgetAt = CROWD;

  /** Takes `cost` of all rates, or of none. */
  take(rates: readonly Rate[], cost: number, now: number): Refusal | undefined {
    const taken = rates.map(({ key, perSecond }) => {
      const due = Math.max(this.#due.get(key) ?? 0, now) + (cost * 1_000) / perSecond;
      return { key, due };
    });
    for (const { key, due } of taken) {
      const waitMs = due - now - TOLERANCE_MS;
      // A thousandth of what a clock shows is rounding.
      if (waitMs > 0.001) return { key, waitMs: Math.ceil(waitMs) };
    }
    for (const { key, due } of taken) this.#due.set(key, due);
    if (this.#due.size >= this.#forgetAt) this.#forget(now);
    return undefined;
  }

  #forget(now: number): void {
    for (const [key, due] of this.#due) if (due <= now) this.#due.delete(key);
    this.#forgetAt = Math.max(CROWD, 2 * this.#due.size);
  }
}
