// Who has been kicked, as Redis keeps it: subjects in an order of its own, and the time of each.

import type { RedisStore } from './redis-store.ts';
import type { Kick } from './shared.ts';

// Given back in one step; others get their turn in between.
const REMIND_KICKS = 1_000;

export class RedisKicks {
  readonly #store: RedisStore;

  constructor(store: RedisStore) {
    this.#store = store;
  }

  get keys(): readonly [order: string, times: string] {
    return [this.#store.key('kicked'), this.#store.key('kicked-at')];
  }

  /** @throws BusUnavailable */
  async kick(subject: string): Promise<Kick> {
    const at = await this.#store.ask((redis) => redis.kickShared(2, ...this.keys, subject, ''));
    return { subject, at: Number(at) };
  }

  /** Gives kicks back to a Redis that may have forgotten them. */
  async remind(kicks: readonly Kick[]): Promise<void> {
    for (let first = 0; first < kicks.length; first += REMIND_KICKS) {
      const some = kicks.slice(first, first + REMIND_KICKS).flatMap(({ subject, at }) => [subject, at]);
      await this.#store.try((redis) => redis.kickShared(2, ...this.keys, ...some));
    }
  }
}
