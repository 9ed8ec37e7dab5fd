// How many places this process holds of each kind: a stream that is being admitted counts already.

import type { Places } from './shared.ts';

export class LocalPlaces {
  readonly #held = new Map<string, number>();

  held(key: string): number {
    return this.#held.get(key) ?? 0;
  }

  /** All kinds of which some are held. */
  keys(): readonly string[] {
    return [...this.#held.keys()];
  }

  take(keys: readonly string[]): void {
    for (const key of keys) this.#held.set(key, this.held(key) + 1);
  }

  giveBack(keys: readonly string[]): void {
    for (const key of keys) {
      const left = this.held(key) - 1;
      if (left > 0) this.#held.set(key, left);
      else this.#held.delete(key);
    }
  }

  /** The first kind of which more are held than there may be. */
  overfull(places: readonly Places[]): string | undefined {
    return places.find(({ key, limit }) => this.held(key) > limit)?.key;
  }
}
