// Hears what a follower tells and checks it on the spot: every entry was appended to the one told before it, none comes
// twice, and a gap has a cause, is needed and ends in the log.

import { expect } from 'vitest';
import type { Listener } from '../../src/bus/bus.ts';
import { BEFORE_ALL, compareIds, type Entry, type Id, type ResetReason } from '../../src/entry.ts';
import type { LogModel } from './log-model.ts';

export class Witness implements Listener {
  /** Every loss that a stream would be told of: gaps, and breaks in their place. */
  readonly told: (ResetReason | 'break')[] = [];
  /** The log of the page that is being given to the follower, and where its ring began before. */
  page: readonly Entry[] = [];
  start: Id = BEFORE_ALL;
  readonly #log: LogModel;
  /** Entries that need no telling: told, or there before the follower began. */
  readonly #covered: Set<Entry>;
  #position: Id;
  /** The entry at the position; undefined after a gap that ends before the oldest. */
  #last: Entry | undefined;

  /** The follower begins at the tip. */
  constructor(log: LogModel) {
    this.#log = log;
    this.#covered = new Set(log.entries);
    this.#last = log.tip;
    this.#position = log.tip.id;
  }

  append(entry: Entry): void {
    expect(entry.prev, 'an entry follows the one before').toBe(this.#position);
    if (this.#last !== undefined) expect(this.#log.before(entry), 'the very one').toBe(this.#last);
    expect(this.#covered.has(entry), `${entry.id} is told once`).toBe(false);
    this.#covered.add(entry);
    this.#position = entry.id;
    this.#last = entry;
    if (entry.kind === 'break') this.told.push('break');
  }

  gap(reason: ResetReason, position: Id): void {
    const last = this.#last;
    const goesOn = (entry: Entry) => last !== undefined && (entry === last || this.#log.before(entry) === last);
    expect(['trimmed', 'lost']).toContain(reason);
    expect(this.page.some(goesOn), `${this.#position} could be gone on from`).toBe(false);
    const ends = [this.page[0]?.prev, ...this.page.map(({ id }) => id)];
    expect(ends, 'the gap ends in the log').toContain(position);
    expect(reason === 'trimmed' ? this.#log.trims : this.#log.losses, `a cause for ${reason}`).toBeGreaterThan(0);
    this.told.push(reason);
    // What comes before all of the ring may have been told: after a loss it is passed over, lest it come twice.
    for (const entry of this.page) if (compareIds(entry.id, this.start) <= 0) this.#covered.add(entry);
    this.#position = position;
    this.#last = this.page.find(({ id }) => id === position);
  }

  /** Whether everything was told up to the log's tip, and nothing that the log holds was passed over. */
  checkSettled(): void {
    const passedOver = this.#log.entries.filter((entry) => entry.kind === 'message' && !this.#covered.has(entry));
    expect(
      passedOver.map(({ id }) => id),
      'passed over',
    ).toEqual([]);
    expect(this.#position).toBe(this.#log.tip.id);
    if (this.#last !== undefined) expect(this.#last, 'the very tip').toBe(this.#log.tip);
    expect(this.told.length, 'one for each cause').toBeLessThanOrEqual(this.#log.trims + this.#log.losses);
  }
}
