// Reads for many at once: one at a time, and what it brings answers everybody whose position lies within it. So what
// streams that come back cost the bus is bounded by the pages of the log, and not by how many streams there are.
//
// Where to read next is chosen as a lift chooses its floors: on from where the last read ended, as long as somebody waits
// there, then from the first again. A sweep takes along those that follow the log page by page, and ends: each read goes
// further in a log that is read faster than it grows. So it comes by everybody.

import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { Entry, Id } from './entry.ts';

/** A run of neighbours in the log, in the order in which it was read. */
export interface Run {
  readonly entries: readonly Entry[];
  /** False where `entries` reaches the end of the log. */
  readonly more: boolean;
}

/** How a log is read. */
export interface Reading<R extends Run> {
  /** The order of its entries: negative where `a` comes before `b`. */
  order(a: Id, b: Id): number;
  /** What there is at `from` and after it, in this order: at least two entries, unless it reaches the end of the log. */
  read(from: Id): Promise<R>;
}

/** Whoever asks: it waits no longer once it has ended. */
export interface Asker {
  readonly ended: boolean;
  /** Told that the log cannot be read now; who does not end by it waits on. */
  unread?(error: Error): void;
}

interface Request<R> {
  readonly asker: Asker;
  readonly from: Id;
  readonly resolve: (run: R | undefined) => void;
}

const READ_AGAIN_MS = 500;

// Whoever is answered has up to a page to write at once: live streams get their turn in between.
const REQUESTS_A_TURN = 100;

export class Elevator<R extends Run> {
  readonly #reading: Reading<R>;
  #waiting: Request<R>[] = [];
  #running = false;
  /** Where the next read is to begin, or after it: where the last one ended; undefined at the end of the log. */
  #at: Id | undefined;

  constructor(reading: Reading<R>) {
    this.#reading = reading;
  }

  /**
   * What there is at `from` and after it, or the first part of that: something after `from` unless nothing is.
   * Patient while the bus is away, unless the asker is not; undefined where the asker ended before.
   */
  run(asker: Asker, from: Id): Promise<R | undefined> {
    return new Promise((resolve) => {
      this.#waiting.push({ asker, from, resolve });
      if (!this.#running) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      // Who asks in this turn is in time for the next read, those among them that have just been answered.
      await nextTurn();
      await this.#serve(this.#board());
    }
    this.#running = false;
  }

  /** Takes all requests, in order. Those that come from now on wait: a read answers only who asked before it began. */
  #board(): readonly Request<R>[] {
    const { order } = this.#reading;
    const requests = this.#waiting.sort((a, b) => order(a.from, b.from));
    this.#waiting = [];
    return stillAsked(requests);
  }

  async #serve(requests: readonly Request<R>[]): Promise<void> {
    const first = this.#first(requests);
    const from = requests[first]?.from;
    if (from === undefined) return;
    let run: R;
    try {
      run = await this.#reading.read(from);
    } catch (error) {
      // The bus says itself that it is away. It may be this page alone that cannot be read: others are tried before it.
      this.#at = requests.find((request) => this.#reading.order(request.from, from) > 0)?.from;
      for (const { asker } of requests) asker.unread?.(error as Error);
      this.#waiting = this.#waiting.concat(stillAsked(requests));
      await wait(READ_AGAIN_MS);
      return;
    }
    this.#at = run.more ? run.entries.at(-1)?.id : undefined;
    this.#waiting = this.#waiting.concat(requests.slice(0, first));
    await this.#answer(requests.slice(first), run);
  }

  /** Which request the next read begins with. */
  #first(requests: readonly Request<R>[]): number {
    const at = this.#at;
    const ahead = at === undefined ? 0 : requests.findIndex(({ from }) => this.#reading.order(from, at) >= 0);
    return Math.max(0, ahead);
  }

  /** Answers those to whom `run` says what comes next; the others wait on. */
  async #answer(requests: readonly Request<R>[], run: R): Promise<void> {
    for (const [index, request] of requests.entries()) {
      const part = partFrom(request.from, run, this.#reading.order);
      if (part === undefined) this.#waiting.push(request);
      else request.resolve(part);
      if ((index + 1) % REQUESTS_A_TURN === 0) await nextTurn();
    }
  }
}

/** The requests without those whose askers have ended, which are told so. */
function stillAsked<R>(requests: readonly Request<R>[]): readonly Request<R>[] {
  for (const { asker, resolve } of requests) if (asker.ended) resolve(undefined);
  return requests.filter(({ asker }) => !asker.ended);
}

/**
 * What a read from `from` would have brought, where `from` is not before `run`; less at the end of it. Undefined where
 * `run` does not tell what comes after `from`.
 */
function partFrom<R extends Run>(from: Id, run: R, order: Reading<R>['order']): R | undefined {
  const { entries, more } = run;
  const last = entries.at(-1);
  if (more && last !== undefined && order(from, last.id) >= 0) return undefined;
  const start = indexFrom(from, entries, order);
  return start === 0 ? run : { ...run, entries: entries.slice(start) };
}

/** The index of the first entry that is not before `from`. */
function indexFrom(from: Id, entries: readonly Entry[], order: (a: Id, b: Id) => number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order((entries[middle] as Entry).id, from) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
