// The bus of a single process: its ring is the whole log. Same interface, same guarantees, nothing survives the process,
// so a cursor from before a restart meets the break that every log begins with, and is told so.

import { randomInt } from 'node:crypto';
import { BEFORE_ALL, compareIds, type Entry, type Id, idTime } from '../entry.ts';
import { LocalRates, type Rate } from '../limits/rates.ts';
import { Ring, type RingBounds } from '../ring.ts';
import { withId } from '../sse.ts';
import {
  type Bus,
  type IdempotencyKey,
  KeyConflict,
  type Listener,
  type LogExtent,
  type Page,
  type Publication,
  type Published,
  RateExceeded,
} from './bus.ts';

interface Remembered {
  readonly digest: string;
  readonly ids: readonly Id[];
  readonly expiresAt: number;
}

export class MemoryBus implements Bus {
  readonly ring: Ring;
  readonly #remembered = new Map<string, Remembered>();
  readonly #rates = new LocalRates();
  #listener: Listener | undefined;

  constructor(bounds: RingBounds) {
    this.ring = new Ring(bounds);
    const time = Date.now();
    const id = `${time}-${randomInt(2 ** 47)}` as Id;
    this.ring.restart(BEFORE_ALL);
    this.ring.append({ kind: 'break', id, prev: BEFORE_ALL, time });
  }

  start(listener: Listener): void {
    this.#listener = listener;
  }

  get extent(): LogExtent {
    const { size: entries, bytes, oldest } = this.ring;
    return { entries, bytes, oldestAt: (oldest as Entry).time };
  }

  silentMs(): number {
    return 0;
  }

  async publish(
    publications: readonly Publication[],
    key?: IdempotencyKey,
    origin = '',
    rates: readonly Rate[] = [],
  ): Promise<Published> {
    const known = key && this.#recall(key);
    if (known) return { ids: known.ids, repeated: true };
    const refusal = this.#rates.take(rates, publications.length, performance.now());
    if (refusal !== undefined) throw new RateExceeded(refusal);
    const ids = publications.map((publication) => this.#append(publication, origin));
    if (key) this.#remember(key, ids);
    return { ids, repeated: false };
  }

  async read(from: Id, limit: number): Promise<Page> {
    const entries: Entry[] = [];
    const start = this.#sequenceFrom(from);
    for (let sequence = start; sequence < this.ring.end && entries.length < limit; sequence += 1) {
      entries.push(this.ring.at(sequence) as Entry);
    }
    const more = start + entries.length < this.ring.end;
    return { entries, oldest: (this.ring.oldest as Entry).id, tip: this.ring.position as Id, more };
  }

  async readBack(from: Id, limit: number): Promise<readonly Entry[]> {
    const at = this.#sequenceFrom(from);
    const end = this.ring.at(at)?.id === from ? at + 1 : at;
    const first = Math.max(end - limit, this.ring.end - this.ring.size);
    return Array.from({ length: end - first }, (_, index) => this.ring.at(end - 1 - index) as Entry);
  }

  unready(): readonly string[] {
    return [];
  }

  async close(): Promise<void> {
    this.#listener = undefined;
  }

  #append({ channels, body }: Publication, origin: string): Id {
    const prev = this.ring.position as Id;
    const id = nextId(prev);
    const block = withId(id, body);
    const entry: Entry = { kind: 'message', id, prev, time: idTime(id), origin, channels, block };
    this.ring.append(entry);
    this.#listener?.append(entry);
    return id;
  }

  #recall(key: IdempotencyKey): Remembered | undefined {
    const now = Date.now();
    this.#forget(now);
    const known = this.#remembered.get(key.name);
    if (known === undefined || known.expiresAt <= now) return undefined;
    if (known.digest !== key.digest) throw new KeyConflict();
    return known;
  }

  #remember({ name, digest, ttlMs }: IdempotencyKey, ids: readonly Id[]): void {
    this.#remembered.delete(name);
    this.#remembered.set(name, { digest, ids, expiresAt: Date.now() + ttlMs });
  }

  // Oldest first; those with the shorter life may wait behind one with the longer.
  #forget(now: number): void {
    for (const [name, { expiresAt }] of this.#remembered) {
      if (expiresAt > now) return;
      this.#remembered.delete(name);
    }
  }

  /** The sequence number of the first entry at or after `id`. */
  #sequenceFrom(id: Id): number {
    let low = this.ring.end - this.ring.size;
    let high = this.ring.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareIds((this.ring.at(middle) as Entry).id, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

// As Redis makes ids: the clock's millisecond, or the next number within the newest one where the clock stands or went back.
function nextId(prev: Id): Id {
  const now = Date.now();
  const [time, sequence] = prev.split('-').map(Number) as [number, number];
  return (now > time ? `${now}-0` : `${time}-${sequence + 1}`) as Id;
}
