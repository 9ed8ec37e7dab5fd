// The newest part of the log, in memory: a gapless run of entries that ends at the replica's position. Streams that
// come back find what they missed here, so that ten thousand of them at once cost the bus nothing.

import { BEFORE_ALL, compareIds, type Entry, type Id } from './entry.ts';

export interface RingBounds {
  readonly entries: number;
  readonly bytes: number;
}

// What an entry costs beside its block: ids, channel names and object headers, measured in tens of bytes.
const ENTRY_OVERHEAD_BYTES = 200;

/**
 * A window on the log. Every entry has a sequence number of this ring's own, which goes up by one from entry to entry
 * and is never used again, so that a reader can keep its place while old entries fall out.
 */
export class Ring {
  readonly #bounds: RingBounds;
  #entries: Entry[] = [];
  #head = 0;
  #firstSequence = 0;
  #bytes = 0;
  #start: Id = BEFORE_ALL;
  #position: Id | undefined;
  #before: Entry | undefined;

  constructor(bounds: RingBounds) {
    this.#bounds = bounds;
  }

  /** The newest entry that this replica has covered; undefined before it knows any. */
  get position(): Id | undefined {
    return this.#position;
  }

  /** What lies before the oldest entry here: the position from which all of it can be given. */
  get start(): Id {
    return this.#start;
  }

  /** The sequence number that the next entry will get. */
  get end(): number {
    return this.#firstSequence + this.#entries.length - this.#head;
  }

  /** The oldest entry still here. */
  get oldest(): Entry | undefined {
    return this.#entries[this.#head];
  }

  /** The entry at the position, where it is known. Right after a restart it is not one of those that are here. */
  get newest(): Entry | undefined {
    return this.#entries.at(-1) ?? this.#before;
  }

  get size(): number {
    return this.#entries.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Forgets all entries and goes on from `position`; `newest` is the entry there, if it is known. */
  restart(position: Id, newest?: Entry): void {
    this.#firstSequence = this.end;
    this.#entries = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#start = position;
    this.#position = position;
    this.#before = newest;
  }

  /** Adds the entry that follows the newest one; what exceeds the bounds falls out at the other end. */
  append(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += cost(entry);
    this.#position = entry.id;
    while (this.size > this.#bounds.entries || (this.#bytes > this.#bounds.bytes && this.size > 1)) this.#dropOldest();
  }

  /** The entry with this sequence number, or undefined where it has fallen out or is yet to come. */
  at(sequence: number): Entry | undefined {
    return sequence < this.#firstSequence ? undefined : this.#entries[this.#head + sequence - this.#firstSequence];
  }

  /** The sequence number of what follows `id`, or undefined where `id` is not one of this window's positions. */
  sequenceAfter(id: Id): number | undefined {
    if (id === this.#position) return this.end;
    if (id === this.#start) return this.#firstSequence;
    const index = this.#indexOf(id);
    return index === undefined ? undefined : this.#firstSequence + index - this.#head + 1;
  }

  /** Whether this very entry is here: ids alone can recur when a log is lost and filled again. */
  holds(entry: Entry): boolean {
    const index = this.#indexOf(entry.id);
    return index !== undefined && this.#entries[index]?.prev === entry.prev;
  }

  #indexOf(id: Id): number | undefined {
    let low = this.#head;
    let high = this.#entries.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = compareIds((this.#entries[middle] as Entry).id, id);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  #dropOldest(): void {
    const oldest = this.#entries[this.#head] as Entry;
    this.#start = oldest.id;
    this.#bytes -= cost(oldest);
    this.#head += 1;
    this.#firstSequence += 1;
    // Half of the array is spent: one copy now keeps the cost of an append constant on average.
    if (this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }
}

function cost(entry: Entry): number {
  return ENTRY_OVERHEAD_BYTES + (entry.kind === 'message' ? entry.block.length : 0);
}
