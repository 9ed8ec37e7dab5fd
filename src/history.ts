// The log, read in pages by who asks for it: messages of some channels after a position, or before it when reading back.
// A page ends before a gap, so that the next one begins with it and says so.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { BusUnavailable } from './bus/bus.ts';
import type { Asker } from './elevator.ts';
import { type Id, type MessageEntry, parseId } from './entry.ts';
import { backward, forward, type Source, type Step } from './log-steps.ts';

export interface HistoryQuery {
  readonly channels: readonly string[];
  /** A cursor as the client sent it; undefined: from the oldest, or reading back from the newest. */
  readonly after: string | undefined;
  /** Messages. */
  readonly limit: number;
  readonly reverse: boolean;
}

export interface HistoryPage {
  /** JSON of each, as the page shows it. */
  readonly messages: readonly string[];
  /** A stream opened here misses nothing that is newer than this page, and doubles nothing. */
  readonly position: Id;
  /** Nothing is missing between `after` and the first message. */
  readonly complete: boolean;
  /** The cursor of the next page; null where there is none. */
  readonly next: Id | null;
}

/** A log, and who asks for it. */
export interface HistorySource extends Source {
  readonly asker: HistoryAsker;
}

// What one page looks at: where a channel is rare, pages may hold less than was asked for, and still lead on.
const MOST_STEPS = 10_000;
// What one page reads from the bus, which has others to serve. Memory costs it nothing.
const MOST_READ_BYTES = 4_194_304;
// What one page gives, in UTF-8. A first message that is larger goes alone.
const MOST_BYTES = 4_194_304;
// Others get their turn in between: a page of the usual size is made in one.
const TURN_STEPS = 1_000;
const TURN_BYTES = 524_288;

/** Who asks for a page: it waits no longer once its connection has gone, nor while the bus is away. */
export class HistoryAsker implements Asker {
  readonly #gone: () => boolean;
  #error: Error | undefined;

  constructor(gone: () => boolean) {
    this.#gone = gone;
  }

  get ended(): boolean {
    return this.#error !== undefined || this.#gone();
  }

  unread(error: Error): void {
    this.#error = error;
  }

  /** @throws BusUnavailable where that is why it has ended */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }
}

/**
 * One page; undefined where nobody is there for it any more.
 * @param show a message as JSON
 * @throws BusUnavailable where the log is not known yet, or the page is older than memory and the bus is away
 */
export async function readHistory(
  { asker, ...log }: HistorySource,
  { channels, after, limit, reverse }: HistoryQuery,
  show: (message: MessageEntry) => string,
): Promise<HistoryPage | undefined> {
  const tip = log.bus.ring.position;
  if (tip === undefined) throw new BusUnavailable('the end of the log is not known yet');
  const cursor = after === undefined || after === 'earliest' ? undefined : parseId(after);
  if (cursor === undefined && after !== undefined && after !== 'earliest')
    return { messages: [], position: tip, complete: false, next: null };
  const gathered = new Gathered(new Set(channels), limit, show);
  let next: Id | null = null;
  for await (const step of (reverse ? backward : forward)({ ...log, asker }, cursor)) {
    if (!gathered.add(step)) {
      next = gathered.covered as Id;
      break;
    }
    if (gathered.turnIsOver()) await nextTurn();
    if (asker.ended) break;
  }
  asker.check();
  if (asker.ended) return undefined;
  const { messages, complete, first, covered } = gathered;
  const newest = reverse ? (cursor === undefined ? tip : first) : covered;
  return { messages, position: newest ?? cursor ?? tip, complete, next };
}

/** What a page has so far. */
class Gathered {
  readonly messages: string[] = [];
  complete = true;
  /** Where the first step led to, and the last one. */
  first: Id | undefined;
  covered: Id | undefined;
  readonly #channels: ReadonlySet<string>;
  readonly #limit: number;
  readonly #show: (message: MessageEntry) => string;
  #steps = 0;
  #readBytes = 0;
  #bytes = 0;
  #turnEnds = { steps: TURN_STEPS, bytes: TURN_BYTES };

  constructor(channels: ReadonlySet<string>, limit: number, show: (message: MessageEntry) => string) {
    this.#channels = channels;
    this.#limit = limit;
    this.#show = show;
  }

  /** False where the step is to be the first of the next page. A page makes one step at least, or none would lead on. */
  add({ position, gap, message, read }: Step): boolean {
    const begun = this.covered !== undefined;
    if (begun && (gap || this.#full())) return false;
    const wanted = message?.channels.some((channel) => this.#channels.has(channel)) ? this.#show(message) : undefined;
    // With a comma.
    const bytes = wanted === undefined ? 0 : Buffer.byteLength(wanted) + 1;
    if (this.messages.length > 0 && this.#bytes + bytes > MOST_BYTES) return false;
    if (gap) this.complete = false;
    if (wanted !== undefined) this.messages.push(wanted);
    this.first ??= position;
    this.covered = position;
    this.#steps += 1;
    this.#readBytes += read;
    this.#bytes += bytes;
    return true;
  }

  /** Whether enough has been done for one turn of the event loop, since this was last so. */
  turnIsOver(): boolean {
    if (this.#steps < this.#turnEnds.steps && this.#bytes < this.#turnEnds.bytes) return false;
    this.#turnEnds = { steps: this.#steps + TURN_STEPS, bytes: this.#bytes + TURN_BYTES };
    return true;
  }

  #full(): boolean {
    return this.messages.length === this.#limit || this.#steps >= MOST_STEPS || this.#readBytes >= MOST_READ_BYTES;
  }
}
