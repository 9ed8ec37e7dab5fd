// The places that this replica holds, which Redis is told of: as whole numbers and never as steps, so that it does not
// matter what was lost on the way. What Redis may not know is said again until it has been. Where Redis was away, which
// may have forgotten, or remember what is long over, the replica comes back to it as another.

import { LocalPlaces } from './local-places.ts';
import type { RedisStore } from './redis-store.ts';

// What is said in one step; others get their turn in between.
const SETTLE_KEYS = 500;

export class RedisPlaces extends LocalPlaces {
  readonly #store: RedisStore;
  readonly #placeMs: number;
  readonly #unsettled = new Set<string>();
  #settling = false;

  /** @param placeMs as long as a stream can live: its place is free then at the latest */
  constructor(store: RedisStore, placeMs: number) {
    super();
    this.#store = store;
    this.#placeMs = placeMs;
  }

  /** Redis is to be told of all of them, and of nobody who has left. */
  startAnew(): void {
    this.#unsettled.clear();
  }

  override giveBack(keys: readonly string[]): void {
    super.giveBack(keys);
    this.unsettle(keys);
  }

  /** Redis may have another count of these. While it is away it has none that will count, however many come and go. */
  unsettle(keys: readonly string[]): void {
    if (!this.#store.reachable) return;
    for (const key of keys) this.#unsettled.add(key);
    if (!this.#settling && this.#unsettled.size > 0) setImmediate(() => void this.settle());
  }

  /** Resolves when Redis knows all, or cannot be told now. */
  async settle(): Promise<void> {
    if (this.#settling) return;
    this.#settling = true;
    while (this.#unsettled.size > 0 && this.#store.reachable) {
      const names = [...this.#unsettled].slice(0, SETTLE_KEYS);
      for (const name of names) this.#unsettled.delete(name);
      const told = await this.#tell(names).catch(() => undefined);
      // After the next renewal.
      if (told === undefined) for (const name of names) this.#unsettled.add(name);
      if (told === undefined) break;
    }
    this.#settling = false;
  }

  #tell(names: readonly string[]): Promise<number> {
    const keys = names.map((name) => this.#store.key('streams', name));
    const held = names.map((name) => this.held(name));
    return this.#store.ask((redis) =>
      redis.settleShared(keys.length, ...keys, this.#store.holder, this.#placeMs, ...held),
    );
  }
}
