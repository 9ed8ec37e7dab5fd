// Reads of the log on behalf of streams and of pages of history: shared, in either direction, and for streams patient while
// the bus is away, since one that has begun has no other way to go on.

import type { Bus, Page } from './bus/bus.ts';
import { type Asker, Elevator, type Run } from './elevator.ts';
import { compareIds, type Id } from './entry.ts';

// The most entries that one read brings.
const PAGE_ENTRIES = 1_000;

export class LogReader {
  readonly #forward: Elevator<Page>;
  readonly #back: Elevator<Run>;

  constructor(bus: Bus) {
    this.#forward = new Elevator({
      order: compareIds,
      read: (from) => bus.read(from, PAGE_ENTRIES),
    });
    this.#back = new Elevator({
      order: (a, b) => compareIds(b, a),
      async read(from) {
        const entries = await bus.readBack(from, PAGE_ENTRIES);
        // Fewer than were asked for are no end of the log: large ones make short pages.
        return { entries, more: entries.length > 1 };
      },
    });
  }

  /** A page from `from` on; undefined where the asker ended before the bus could give one. */
  page(asker: Asker, from: Id): Promise<Page | undefined> {
    return this.#forward.run(asker, from);
  }

  /** A page from `from` back, newest first; undefined where the asker ended before the bus could give one. */
  pageBack(asker: Asker, from: Id): Promise<Run | undefined> {
    return this.#back.run(asker, from);
  }
}
