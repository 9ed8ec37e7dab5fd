// The log as a plain array, with everything that can happen to it. Each cause of a loss is counted, and every entry
// remembers which one it was appended to: ids can recur, objects cannot.

import type { Page } from '../../src/bus/bus.ts';
import { BEFORE_ALL, compareIds, type Entry, type Id, idTime } from '../../src/entry.ts';
import { breakAt, message } from './entries.ts';

export interface LogModelOptions {
  /** Channels of the next message. */
  readonly channels?: () => readonly string[];
  /** How much larger messages are than the fifty bytes at most that they are else. */
  readonly weight?: number;
  /** Whether an id may come again after a loss, with another `prev`. */
  readonly recurring?: boolean;
}

export class LogModel {
  entries: readonly Entry[] = [];
  /** Every entry that there ever was, in the order of appending. */
  readonly ever: Entry[] = [];
  trims = 0;
  losses = 0;
  readonly #appended: (entry: Entry) => void;
  readonly #channels: () => readonly string[];
  readonly #weight: number;
  readonly #recurring: boolean;
  readonly #before = new Map<Entry, Entry | undefined>();
  /** Ids that were given; with their `prev` where ids may recur. */
  readonly #given = new Set<string>();
  #time = 1;
  #random = 7;

  /** @param appended called with each entry, as pub/sub is */
  constructor(appended: (entry: Entry) => void, { channels, weight = 1, recurring = false }: LogModelOptions = {}) {
    this.#appended = appended;
    this.#channels = channels ?? (() => ['messages']);
    this.#weight = weight;
    this.#recurring = recurring;
    this.#break();
  }

  get tip(): Entry {
    return this.entries.at(-1) as Entry;
  }

  /** The entry that this one was appended to; undefined where it began a log. */
  before(entry: Entry): Entry | undefined {
    return this.#before.get(entry);
  }

  publish(count: number): void {
    for (let left = count; left > 0; left -= 1) {
      // Of all sizes, for the trim by bytes.
      const text = 'x'.repeat(((this.ever.length * 7) % 50) * this.#weight);
      this.#add(message(this.#nextId(), this.tip.id, this.#channels(), text));
    }
  }

  trim(keep: number): void {
    this.#keep(this.entries.slice(-keep));
  }

  /** The newest entry stays, whatever it weighs. */
  trimBytes(most: number): void {
    let first = this.entries.length - 1;
    let bytes = size(this.tip);
    while (first > 0 && bytes + size(this.entries[first - 1] as Entry) <= most) {
      first -= 1;
      bytes += size(this.entries[first] as Entry);
    }
    this.#keep(this.entries.slice(first));
  }

  /** The last entries are gone, and nothing says so. */
  rewind(count: number): void {
    this.losses += 1;
    this.#time += 1;
    this.entries = this.entries.slice(0, Math.max(1, this.entries.length - count));
  }

  /** Another run begins without the last entries, `back` milliseconds earlier by its clock, and says so with a break. */
  restart(count: number, back: number): void {
    this.losses += 1;
    this.entries = this.entries.slice(0, Math.max(1, this.entries.length - count));
    this.#time = Math.max(1, this.#time - back);
    this.#break();
  }

  /** All entries are gone, and the log begins again, perhaps in the same millisecond or in an earlier one. */
  lose(back: number): void {
    this.losses += 1;
    this.entries = [];
    this.#time = Math.max(1, this.#time - back);
    this.#break();
  }

  #keep(entries: readonly Entry[]): void {
    if (entries.length === this.entries.length) return;
    this.trims += 1;
    this.entries = entries;
  }

  #add(entry: Entry): void {
    this.#before.set(entry, this.entries.at(-1));
    this.#given.add(this.#name(entry.id, entry.prev));
    this.ever.push(entry);
    this.entries = [...this.entries, entry];
    this.#appended(entry);
  }

  /** As `publish.lua` does: later than the tip, with a number that no other break had. */
  #break(): void {
    const prev = this.entries.at(-1)?.id ?? BEFORE_ALL;
    const time = Math.max(this.#time, idTime(prev) + 1);
    let id: Id;
    do {
      this.#random = (this.#random * 5 + 3) % 64;
      id = `${time}-${this.#random}` as Id;
    } while (this.#given.has(this.#name(id, prev)));
    this.#add(breakAt(id, prev));
  }

  /** As Redis makes ids; some share a millisecond. */
  #nextId(): Id {
    if (this.ever.length % 3 === 0) this.#time += 1;
    const prev = this.tip.id;
    const [time, sequence] = prev.split('-').map(Number) as [number, number];
    let id = (this.#time > time ? `${this.#time}-0` : `${time}-${sequence + 1}`) as Id;
    for (let later = Math.max(this.#time, time) + 1; this.#given.has(this.#name(id, prev)); later += 1) {
      id = `${later}-0` as Id;
    }
    return id;
  }

  #name(id: Id, prev: Id): string {
    return this.#recurring ? `${id} after ${prev}` : id;
  }
}

function size(entry: Entry): number {
  return entry.kind === 'message' ? entry.block.length : 0;
}

/** As `Bus.read`, of a log as it was. */
export function pageOf(log: readonly Entry[], from: Id, limit: number): Page {
  const rest = log.filter(({ id }) => compareIds(id, from) >= 0);
  const entries = rest.slice(0, limit);
  return { entries, oldest: (log[0] as Entry).id, tip: (log.at(-1) as Entry).id, more: entries.length < rest.length };
}
