// What one inclusive read of the log proves about a position. Frames and tips are hints; this decides.

import { BEFORE_ALL, compareIds, type Entry, type Id, type ResetReason } from '../entry.ts';
import type { Page } from './bus.ts';

export interface Continuation {
  /** Where to go on from; `position` itself where nothing is missing. */
  readonly position: Id;
  /** What follows, without the position's own entry. */
  readonly entries: readonly Entry[];
  /** Why something is missing; undefined where nothing is (R3). */
  readonly reason?: ResetReason;
}

/**
 * How a reader at `position` goes on with `page`, which was read from there. Nothing is missing where the position is
 * still in the log, or where the first entry after it names it as the one before.
 */
export function continueFrom(position: Id, page: Page): Continuation {
  const [first, ...rest] = page.entries;
  // Ahead of the whole log: not one of its positions.
  if (first === undefined) return { position: page.tip, entries: [], reason: 'unknown' };
  if (first.id === position) return { position, entries: rest };
  // Nobody has been before all: a break is how a log begins, and a reader that passes it is told.
  if (first.prev === position && position !== BEFORE_ALL) return { position, entries: page.entries };
  return afterLoss(first, page.entries, compareIds(first.id, page.oldest) <= 0 ? 'trimmed' : 'lost');
}

/**
 * Goes on with `entries` although something before `first` is missing: never before the oldest, never to the tip.
 * A break says so itself, and one cause gives one reset, so the reader goes on behind it.
 */
export function afterLoss(first: Entry, entries: readonly Entry[], reason: ResetReason): Continuation {
  if (first.kind === 'break') return { position: first.id, entries: entries.slice(1), reason: 'lost' };
  return { position: first.prev, entries, reason };
}
