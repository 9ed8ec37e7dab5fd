// Who has been kicked: the replica's copy of what all of them share, so that a token is checked without asking anybody.

import type { Kick } from '../shared/shared.ts';
import { CLOCK_SKEW_MS } from './identity.ts';

/** To whom something was issued and when, in milliseconds since 1970; undefined: to nobody, and at an unknown time. */
interface Issued {
  readonly subject: string | undefined;
  readonly issuedAt: number | undefined;
}

export class Kicks {
  readonly #at = new Map<string, number>();
  readonly #rememberMs: number;

  /** @param rememberMs as long as a token can live */
  constructor(rememberMs: number) {
    this.#rememberMs = rememberMs;
  }

  /** @returns false where it was known */
  learn({ subject, at }: Kick): boolean {
    if ((this.#at.get(subject) ?? 0) >= at) return false;
    // In the order of their times, so that the oldest come first.
    this.#at.delete(subject);
    this.#at.set(subject, at);
    this.#forget(Date.now() - this.#rememberMs);
    return true;
  }

  all(): readonly Kick[] {
    return [...this.#at].map(([subject, at]) => ({ subject, at }));
  }

  /**
   * Whether what was issued then is refused. Who said when may have had a clock that is ahead of the bus's; what does not
   * say when, or names a time that has not come, counts as old.
   */
  refuses({ subject, issuedAt = 0 }: Issued): boolean {
    const at = subject === undefined ? undefined : this.#at.get(subject);
    return at !== undefined && (issuedAt <= at + CLOCK_SKEW_MS || issuedAt > Date.now() + CLOCK_SKEW_MS);
  }

  #forget(before: number): void {
    for (const [subject, at] of this.#at) {
      if (at >= before) return;
      this.#at.delete(subject);
    }
  }
}
