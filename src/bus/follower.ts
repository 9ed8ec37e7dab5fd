// How a replica keeps its ring a gapless copy of the log's end. Frames (live entries), tips and pages come in; entries,
// gaps and requests to read go out. It does no I/O and knows no clock, so every order of events can be tried.
//
// Frames and tips are hints, since pub/sub may drop, delay or repeat them; only a read decides what is missing.

import { BEFORE_ALL, compareIds, type Entry, type Id, type ResetReason } from '../entry.ts';
import type { Ring } from '../ring.ts';
import type { Listener, Page } from './bus.ts';
import { afterLoss, type Continuation, continueFrom } from './continuity.ts';
import { HeldFrames } from './held-frames.ts';

/** What made a read of the log necessary. */
export type RepairReason = 'gap' | 'tip' | 'reconnect';

export interface FollowerOutput extends Listener {
  /** Asks for a page from `from` on, to be answered by exactly one `page` or `failed`. */
  read(from: Id): void;
  /** The log had to fill what frames did not bring. */
  repaired(reason: RepairReason): void;
}

/** The newest entry of the log, as `(id, prev)`: ids alone can recur when a log is lost and filled again. */
export interface Tip {
  readonly id: Id;
  readonly prev: Id;
}

type Reading =
  | { readonly kind: 'forward'; readonly why: RepairReason }
  /** The log went backwards: looking in it, from `from` on, for the newest entry that the ring shares. */
  | { readonly kind: 'rewind'; readonly from: Id };

export class Follower {
  readonly #ring: Ring;
  readonly #out: FollowerOutput;
  #reading: Reading | undefined;
  readonly #held = new HeldFrames();
  #expected: Id | undefined;

  constructor(ring: Ring, out: FollowerOutput) {
    this.#ring = ring;
    this.#out = out;
  }

  /** True while the ring is known to be behind the log. */
  get behind(): boolean {
    return this.#reading !== undefined;
  }

  /** Fills a new ring with the newest entries, oldest first. There is at least one. */
  warm(entries: readonly Entry[]): void {
    const [first] = entries;
    if (first === undefined || this.#ring.position !== undefined) return;
    this.#ring.restart(first.prev);
    for (const entry of entries) this.#ring.append(entry);
    this.#replayHeld();
  }

  /** A live entry came. */
  frame(entry: Entry): void {
    const position = this.#ring.position;
    if (position === undefined || this.#reading !== undefined) {
      this.#held.hold(entry);
    } else if (entry.prev === position) {
      this.#append(entry);
    } else if (compareIds(entry.id, position) > 0 || !this.#covered(entry) || this.#refilled(entry)) {
      // Missing something, or of another log than ours. It is not held: a page that is asked for from now on brings it,
      // or it is of a log that is gone.
      this.#read('gap');
    }
    // Else it is late: a page brought it already.
  }

  /**
   * The log's tip was asked for when this ring stood at `askedAt`.
   * A tip that is ahead may have its frame on the way, so only one still missing at the next tip is read.
   */
  tip(tip: Tip, askedAt: Id): void {
    const position = this.#ring.position;
    if (position === undefined || this.#reading !== undefined) return;
    // A gap has come since the question: the answer speaks of a log that is gone.
    if (this.#ring.sequenceAfter(askedAt) === undefined) return;
    const order = compareIds(tip.id, askedAt);
    if (order < 0 || (order === 0 && this.#refilled(tip))) {
      this.#rewind();
    } else if (this.#expected !== undefined && compareIds(this.#expected, position) > 0) {
      this.#read('tip');
    } else {
      this.#expected = tip.id;
    }
  }

  /** The subscription was away for a while: whatever it missed is in the log. */
  reconnected(): void {
    if (this.#ring.position !== undefined && this.#reading === undefined) this.#read('reconnect');
  }

  /** The page that was asked for. */
  page(page: Page): void {
    const reading = this.#reading;
    this.#reading = undefined;
    this.#expected = undefined;
    if (reading?.kind === 'rewind') this.#rewound(reading.from, page);
    else if (reading !== undefined) this.#forward(reading.why, page);
    if (this.#reading === undefined) this.#replayHeld();
  }

  /** The page could not be read; the next tip or reconnection will ask again. */
  failed(): void {
    this.#reading = undefined;
    this.#held.take();
  }

  #forward(why: RepairReason, page: Page): void {
    const position = this.#ring.position as Id;
    const [first] = page.entries;
    if (first === undefined || (first.id === position && this.#refilled(first))) {
      this.#rewind();
      return;
    }
    const continuation = continueFrom(position, page);
    if (continuation.reason === 'lost') {
      this.#rewind();
      return;
    }
    if (continuation.entries.length > 0 || continuation.reason !== undefined) this.#out.repaired(why);
    this.#take(continuation, page);
    if (page.more) this.#read(why);
  }

  /** Takes the entries of a page; before them, where some are missing, the gap. */
  #take({ reason, position, entries }: Continuation, page: Page): void {
    if (reason !== undefined) this.#gap(reason, position, page);
    for (const entry of entries) this.#append(entry);
  }

  #rewound(from: Id, page: Page): void {
    const [head] = page.entries;
    // Nothing shared from there on: ids that start again may come before it.
    if (from !== BEFORE_ALL && head?.id !== page.oldest && (head === undefined || !this.#covered(head))) {
      this.#rewind(BEFORE_ALL);
      return;
    }
    const index = page.entries.findIndex((entry) => !this.#covered(entry));
    const first = page.entries[index];
    const shared = page.entries[index === -1 ? page.entries.length - 1 : index - 1];
    if (first === undefined && page.more && shared !== undefined && shared.id !== from) {
      this.#rewind(shared.id);
    } else if (first === undefined) {
      this.#gap('lost', shared?.id ?? page.tip, page);
    } else if (shared !== undefined && first.kind === 'message') {
      this.#take({ position: shared.id, entries: page.entries.slice(index), reason: 'lost' }, page);
      if (page.more) this.#read('tip');
    } else {
      this.#take(afterLoss(first, page.entries.slice(index), 'lost'), page);
      if (page.more) this.#read('tip');
    }
  }

  /** Whether this very entry has been told: it is in the ring, or it came before all that is. */
  #covered(entry: Entry): boolean {
    return this.#ring.holds(entry) || compareIds(entry.id, this.#ring.start) <= 0;
  }

  /** Whether the log holds another entry under the id of our newest. */
  #refilled({ id, prev }: Tip): boolean {
    const newest = this.#ring.newest;
    return newest !== undefined && newest.id === id && newest.prev !== prev;
  }

  #append(entry: Entry): void {
    this.#ring.append(entry);
    this.#out.append(entry);
  }

  #gap(reason: ResetReason, position: Id, { entries }: Page): void {
    const newest = entries.find(({ id }) => id === position);
    this.#ring.restart(position, newest);
    this.#out.gap(reason, position);
  }

  #read(why: RepairReason): void {
    this.#reading = { kind: 'forward', why };
    this.#out.read(this.#ring.position as Id);
  }

  #rewind(from: Id = this.#ring.oldest?.id ?? (this.#ring.position as Id)): void {
    this.#reading = { kind: 'rewind', from };
    this.#out.read(from);
  }

  #replayHeld(): void {
    for (const entry of this.#held.take()) this.frame(entry);
  }
}
