// The raw messages that a replica has received and that nobody is known to have put into the log: each replica has the
// same ones, at the same places, so whichever comes to put them there goes on exactly where the last one stopped.
//
// Bounded: past that the oldest fall out, since of a replica that only stands by they are those that another has taken.

import { Fallen } from './fallen.ts';
import { advance, covers, NOWHERE, type Place, type Position, union } from './position.ts';

export interface RawMessage extends Place {
  readonly bytes: Buffer;
}

interface Bounds {
  readonly messages: number;
  readonly bytes: number;
}

/** What a message takes beside its bytes, about: its place, its channel's name on the way, and Node's buffer (measured). */
export const BESIDE_BYTES = 200;
// What has been taken stays in the array until it is worth a copy.
const LEAST_SPENT = 1_000;

export class RawQueue {
  readonly #maxBytes: number;
  /** Which numbering the marks are of; a Redis that forgot begins another, which is greater unless its clock went back. */
  #epoch = '';
  /** Up to where this subscription has brought everything; undefined before its first mark, which it can not place. */
  #seen: { mark: number; readonly counts: Map<string, number> } | undefined;
  /** The first mark that this subscription brought. */
  #since = Number.POSITIVE_INFINITY;
  #taken = NOWHERE;
  /** In their order, from the first that waits on. */
  #messages: RawMessage[] = [];
  #first = 0;
  #bytes = 0;
  #fallen = new Fallen();

  /** @param maxBytes of all that wait, each with `BESIDE_BYTES` */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#messages.length - this.#first;
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
    const forgotten = this.size;
    this.resubscribed();
    this.#epoch = epoch;
    this.#taken = NOWHERE;
    this.#messages = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#fallen = new Fallen();
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
    this.#bytes += BESIDE_BYTES + bytes.length;
    while (this.#bytes > this.#maxBytes) this.#fallen.add(this.#shift());
  }

  /** Everything up to `position` is in the log, or refused. */
  take(position: Position): void {
    this.#taken = union(this.#taken, position);
    this.#fallen.settle(this.#taken);
    // Each replica has them in the same order, so what is covered are the first ones.
    while (this.size > 0 && covers(this.#taken, this.#messages[this.#first] as RawMessage)) this.#shift();
  }

  /** The next ones, at least one where there is any, and the position behind them. */
  next(most: Bounds): { readonly messages: readonly RawMessage[]; readonly position: Position } {
    const next = this.#messages.slice(this.#first, this.#first + most.messages);
    let [count, size] = [0, 0];
    for (const { bytes } of next) {
      size += bytes.length;
      if (count > 0 && size > most.bytes) break;
      count += 1;
    }
    const messages = next.slice(0, count);
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
    return this.#fallen.take();
  }

  #shift(): RawMessage {
    const message = this.#messages[this.#first] as RawMessage;
    this.#first += 1;
    this.#bytes -= BESIDE_BYTES + message.bytes.length;
    if (this.#first > LEAST_SPENT && this.#first > this.#messages.length / 4) {
      this.#messages = this.#messages.slice(this.#first);
      this.#first = 0;
    }
    return message;
  }
}
