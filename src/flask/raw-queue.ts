// The raw messages that a replica has received and that nobody is known to have put into the log: each replica has the
// same ones, at the same places, so whichever comes to put them there goes on exactly where the last one stopped.
//
// Bounded: past that the oldest fall out, since of a replica that only stands by they are those that another has taken.

import { advance, covers, NOWHERE, type Place, type Position, union } from './position.ts';

export interface RawMessage extends Place {
  readonly bytes: Buffer;
}

interface Bounds {
  readonly messages: number;
  readonly bytes: number;
}

export class RawQueue {
  readonly #bounds: Bounds;
  /** Which numbering the marks are of; a Redis that forgot begins another, which is greater unless its clock went back. */
  #epoch = '';
  /** Up to where this subscription has brought everything; undefined before its first mark, which it can not place. */
  #seen: { mark: number; readonly counts: Map<string, number> } | undefined;
  /** The first mark that this subscription brought. */
  #since = Number.POSITIVE_INFINITY;
  #taken = NOWHERE;
  #messages: RawMessage[] = [];
  #bytes = 0;
  #fallen: { readonly last: Place; count: number } | undefined;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#messages.length;
  }

  /** What is known to be in the log, or refused. */
  get taken(): Position {
    return this.#taken;
  }

  /** True where whoever stops now can be followed without a gap. */
  get joined(): boolean {
    return this.#taken.mark >= this.#since;
  }

  /** The subscription is another one: what came between the two is not known. */
  resubscribed(): void {
    this.#seen = undefined;
    this.#since = Number.POSITIVE_INFINITY;
  }

  /**
   * A mark came, which says up to where messages were taken when it was made.
   * @returns how many messages had to be given up, since nobody can know whether they have been taken
   */
  mark(epoch: string, mark: number, taken: Position): number {
    // Still under way from before Redis forgot, of which a command has told already.
    if (epoch < this.#epoch) return 0;
    const forgotten = this.begin(epoch);
    if (this.#seen === undefined) this.#since = mark;
    this.#seen = { mark, counts: new Map() };
    this.take(taken);
    return forgotten;
  }

  /** Redis says that the marks are of this epoch; what has the place of another is given up. */
  begin(epoch: string): number {
    if (epoch === this.#epoch) return 0;
    const forgotten = this.#messages.length;
    this.resubscribed();
    this.#epoch = epoch;
    this.#taken = NOWHERE;
    this.#messages = [];
    this.#bytes = 0;
    this.#fallen = undefined;
    return forgotten;
  }

  push(channel: string, bytes: Buffer): void {
    if (this.#seen === undefined) return;
    const { mark, counts } = this.#seen;
    const count = (counts.get(channel) ?? 0) + 1;
    counts.set(channel, count);
    const message = { mark, channel, count, bytes };
    if (covers(this.#taken, message)) return;
    this.#messages.push(message);
    this.#bytes += bytes.length;
    while (this.#messages.length > this.#bounds.messages || this.#bytes > this.#bounds.bytes) this.#drop();
  }

  /** Everything up to `position` is in the log, or refused. */
  take(position: Position): void {
    this.#taken = union(this.#taken, position);
    if (this.#fallen !== undefined && covers(this.#taken, this.#fallen.last)) this.#fallen = undefined;
    if (this.#messages.length === 0) return;
    this.#messages = this.#messages.filter((message) => !covers(this.#taken, message));
    this.#bytes = this.#messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** The next ones, at least one where there is any, and the position behind them. */
  next(most: Bounds): { readonly messages: readonly RawMessage[]; readonly position: Position } {
    let [count, size] = [0, 0];
    for (const { bytes } of this.#messages) {
      size += bytes.length;
      if (count === most.messages || (count > 0 && size > most.bytes)) break;
      count += 1;
    }
    const messages = this.#messages.slice(0, count);
    return { messages, position: advance(this.#taken, messages) };
  }

  /** Up to where all is taken: where nothing waits, that is what has come. */
  get done(): Position {
    if (this.size > 0 || this.#seen === undefined) return this.#taken;
    // A copy, since the counts go on.
    const { mark, counts } = this.#seen;
    return union(this.#taken, { mark, counts: new Map(counts) });
  }

  /** How many messages that nobody is known to have taken have fallen out since this was last asked. */
  fallen(): number {
    const count = this.#fallen?.count ?? 0;
    this.#fallen = undefined;
    return count;
  }

  #drop(): void {
    const last = this.#messages.shift() as RawMessage;
    this.#bytes -= last.bytes.length;
    this.#fallen = { last, count: (this.#fallen?.count ?? 0) + 1 };
  }
}
