// Who has been kicked: the replica's copy of what all of them share, so that a token is checked without asking anybody.

import type { Kick } from '../shared/shared.ts';
import { CLOCK_SKEW_MS } from './identity.ts';

/** To whom something was issued and when, in milliseconds since 1970; undefined: to nobody, and at an unknown time. */
interface Issued {
  readonly subject: string | undefined;
  readonly issuedAt: number | undefined;
}

interface Known {
  /** As it was told. */
  readonly told: number;
  /** As it is believed. */
  readonly at: number;
}

// Where so many are known, those that no token can be as old as are forgotten.
const CROWD = 1_000;

export class Kicks {
  readonly #known = new Map<string, Known>();
  readonly #rememberMs: number;
  #forgetAt = CROWD;

  /** @param rememberMs as long as a token can live */
  constructor(rememberMs: number) {
    this.#rememberMs = rememberMs;
  }

  /** @returns false where it was known */
  learn({ subject, at: told }: Kick): boolean {
    if ((this.#known.get(subject)?.told ?? 0) >= told) return false;
    // What is told has been. Of a bus whose clock was ahead it would shut out for so long who comes with a new token.
    this.#known.set(subject, { told, at: Math.min(told, Date.now() + CLOCK_SKEW_MS) });
    if (this.#known.size >= this.#forgetAt) this.#forget();
    return true;
  }

  all(): readonly Kick[] {
    this.#forget();
    return [...this.#known].map(([subject, { at }]) => ({ subject, at }));
  }

  /**
   * Whether what was issued then is refused. Who said when may have had a clock that is ahead of the bus's; what does not
   * say when, or names a time that has not come, counts as old.
   */
  refuses({ subject, issuedAt = 0 }: Issued): boolean {
    const at = subject === undefined ? undefined : this.#known.get(subject)?.at;
    return at !== undefined && (issuedAt <= at + CLOCK_SKEW_MS || issuedAt > Date.now() + CLOCK_SKEW_MS);
  }

  #forget(): void {
    const before = Date.now() - this.#rememberMs;
    for (const [subject, { at }] of this.#known) if (at < before) this.#known.delete(subject);
    this.#forgetAt = Math.max(CROWD, 2 * this.#known.size);
  }
}
