// The log as a plain array, with everything that can happen to it. Each cause of a loss is counted.

import type { Page } from '../../src/bus/bus.ts';
import { BEFORE_ALL, compareIds, type Entry, type Id } from '../../src/entry.ts';
import { breakAt, message } from './entries.ts';

export class LogModel {
  entries: readonly Entry[] = [breakAt('1-7', BEFORE_ALL)];
  trims = 0;
  losses = 0;
  readonly #appended: (entry: Entry) => void;
  #time = 1;

  /** @param appended called with each entry, as pub/sub is */
  constructor(appended: (entry: Entry) => void) {
    this.#appended = appended;
  }

  get tip(): Entry {
    return this.entries.at(-1) as Entry;
  }

  publish(count: number): void {
    for (let left = count; left > 0; left -= 1) this.#add(message(this.#nextId(), this.tip.id));
  }

  trim(keep: number): void {
    if (this.entries.length <= keep) return;
    this.trims += 1;
    this.entries = this.entries.slice(-keep);
  }

  /** The last entries are gone, and nothing says so. */
  rewind(count: number): void {
    this.losses += 1;
    this.#time += 1;
    this.entries = this.entries.slice(0, Math.max(1, this.entries.length - count));
  }

  /** Entries may be gone, and a break says so. */
  restart(): void {
    this.losses += 1;
    this.#break(this.tip.id);
  }

  /** All entries are gone, and the log begins again. */
  lose(): void {
    this.losses += 1;
    this.entries = [];
    this.#break(BEFORE_ALL);
  }

  #add(entry: Entry): void {
    this.entries = [...this.entries, entry];
    this.#appended(entry);
  }

  #break(prev: Id): void {
    this.#time += 1;
    // What stands for the random part only has to differ.
    this.#add(breakAt(`${this.#time}-${this.#time * 7}`, prev));
  }

  /** As Redis makes ids; some share a millisecond. */
  #nextId(): Id {
    if (this.entries.length % 3 === 0) this.#time += 1;
    const [time, sequence] = this.tip.id.split('-').map(Number) as [number, number];
    return (this.#time > time ? `${this.#time}-0` : `${time}-${sequence + 1}`) as Id;
  }
}

/** As `Bus.read`, of a log as it was. */
export function pageOf(log: readonly Entry[], from: Id, limit: number): Page {
  const rest = log.filter(({ id }) => compareIds(id, from) >= 0);
  const entries = rest.slice(0, limit);
  return { entries, oldest: (log[0] as Entry).id, tip: (log.at(-1) as Entry).id, more: entries.length < rest.length };
}
