// From a cursor to live: finds where a stream starts, writes what it missed, and joins it to the hub. A stream has its
// own position and its own loop, so one that reads slowly holds up nobody, and there is no list of pending messages.

import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import type { Bus, Page } from './bus/bus.ts';
import { afterLoss, type Continuation, continueFrom } from './bus/continuity.ts';
import { BEFORE_ALL, type Entry, type Id, parseId, type ResetReason } from './entry.ts';
import { type Hub, joinBlocks } from './hub.ts';
import type { Logger } from './log.ts';
import type { Stream } from './stream.ts';

/** Where a subscriber wants to begin. */
export type Start =
  | { readonly from: 'now' }
  /** R2: everything still in the log. */
  | { readonly from: 'earliest' }
  /** R2: after a cursor, as the client sent it. */
  | { readonly from: 'cursor'; readonly cursor: string }
  /** S7: with the last `count` messages of its channels. */
  | { readonly from: 'last'; readonly count: number };

export interface ReplayObserver {
  resumed(source: 'ring' | 'log' | 'none', result: 'complete' | 'reset'): void;
  replayed(events: number, bytes: number): void;
  reset(reason: ResetReason, streams: number): void;
}

const SLICE_ENTRIES = 1_000;
const WRITE_BYTES = 65_536;
// Redis is away and the cursor is older than the ring: the stream waits for it.
const READ_AGAIN_MS = 500;

export class Replay {
  readonly #bus: Bus;
  readonly #hub: Hub;
  readonly #replica: string;
  readonly #log: Logger;
  readonly #observer: ReplayObserver;
  readonly #pages = new Map<Id, Promise<Page>>();

  constructor(bus: Bus, hub: Hub, replica: string, log: Logger, observer: ReplayObserver) {
    this.#bus = bus;
    this.#hub = hub;
    this.#replica = replica;
    this.#log = log;
    this.#observer = observer;
  }

  /**
   * Opens the stream (S2), catches it up and makes it live. All that memory can answer is written before this returns
   * its promise, which resolves when the stream is live or has ended.
   */
  async serve(stream: Stream, start: Start): Promise<void> {
    try {
      const found = this.#atOnce(start) ?? (await this.#lookUp(stream, start));
      if (found === undefined) return;
      this.#begin(stream, start, found);
      await this.#catchUp(stream);
    } catch (error) {
      this.#log.error({ err: error }, 'a stream could not be caught up');
      stream.cut();
    }
  }

  /** The start, where memory knows it. */
  #atOnce(start: Start): Continuation | undefined {
    const position = this.#bus.ring.position as Id;
    if (start.from === 'now') return { position, entries: [] };
    if (start.from !== 'cursor') return undefined;
    const cursor = parseId(start.cursor);
    if (cursor === undefined) return { position, entries: [], reason: 'unknown' };
    if (this.#bus.ring.sequenceAfter(cursor) === undefined) return undefined;
    return { position: cursor, entries: [] };
  }

  async #lookUp(stream: Stream, start: Start): Promise<Continuation | undefined> {
    if (start.from === 'last') return this.#lastOf(stream, start.count);
    const cursor = start.from === 'cursor' ? (parseId(start.cursor) as Id) : BEFORE_ALL;
    const page = await this.#page(stream, cursor);
    if (page === undefined || start.from === 'cursor') return page && continueFrom(cursor, page);
    const [first] = page.entries as [Entry];
    const { position, entries } = afterLoss(first, page.entries, 'trimmed');
    return { position, entries };
  }

  /** S7: goes back through the ring, and through the log before it, until the channels' last `count` messages are passed. */
  async #lastOf(stream: Stream, count: number): Promise<Continuation | undefined> {
    const { ring } = this.#bus;
    let position = ring.position as Id;
    let left = count;
    const passes = (entry: Entry): boolean => {
      if (left === 0) return false;
      if (entry.kind === 'message' && stream.listensTo(entry.channels)) left -= 1;
      // Before the first entry of all there is no position: a break that the log begins with is one itself.
      position = entry.prev === BEFORE_ALL ? entry.id : entry.prev;
      return entry.prev !== BEFORE_ALL;
    };
    for (let sequence = ring.end - 1; left > 0; sequence -= 1) {
      const entry = ring.at(sequence);
      if (entry === undefined || !passes(entry)) break;
    }
    while (left > 0 && !stream.ended) {
      const from = position;
      const page = await this.#retrying(stream, () => this.#bus.readBack(from, SLICE_ENTRIES));
      if (page === undefined || !page.every(passes) || page.length < SLICE_ENTRIES) break;
    }
    return { position, entries: [] };
  }

  #begin(stream: Stream, start: Start, { position, reason, entries }: Continuation): void {
    const cursor = start.from === 'cursor' ? start.cursor : null;
    const resumed = cursor !== null || start.from === 'earliest';
    stream.open(position, this.#replica, resumed && reason === undefined);
    if (reason !== undefined) this.#reset(stream, reason, position, cursor);
    if (resumed) {
      const source = reason === 'unknown' ? 'none' : entries.length > 0 ? 'log' : 'ring';
      this.#observer.resumed(source, reason === undefined ? 'complete' : 'reset');
    }
    this.#write(stream, entries);
  }

  async #catchUp(stream: Stream): Promise<void> {
    const { ring } = this.#bus;
    while (!stream.ended) {
      const sequence = ring.sequenceAfter(stream.position as Id);
      if (sequence === ring.end) {
        this.#hub.join(stream);
        return;
      }
      if (sequence === undefined) await this.#readOn(stream);
      else this.#write(stream, this.#slice(sequence));
      await stream.drained();
      // Where there is much to pass, other streams get their turn.
      if (sequence !== undefined && sequence + SLICE_ENTRIES < ring.end) await nextTurn();
    }
  }

  #slice(sequence: number): readonly Entry[] {
    const { ring } = this.#bus;
    const length = Math.min(SLICE_ENTRIES, ring.end - sequence);
    return Array.from({ length }, (_, index) => ring.at(sequence + index) as Entry);
  }

  /** Goes on from the log: the position has fallen out of the ring, or the ring has not come to it yet. */
  async #readOn(stream: Stream): Promise<void> {
    const position = stream.position as Id;
    const page = await this.#page(stream, position);
    if (page === undefined) return;
    const { reason, position: next, entries } = continueFrom(position, page);
    if (reason !== undefined) this.#reset(stream, reason, next, position);
    this.#write(stream, entries);
    const ahead = reason === undefined && entries.length === 0;
    if (ahead && this.#bus.ring.sequenceAfter(position) === undefined) await this.#hub.progress();
  }

  /** Writes those entries that the stream listens to; it has then covered them all. */
  #write(stream: Stream, entries: readonly Entry[]): void {
    let blocks: Buffer[] = [];
    for (const entry of entries) {
      if (entry.kind === 'break') {
        this.#send(stream, blocks);
        blocks = [];
        this.#reset(stream, 'lost', entry.id, null);
      } else if (stream.listensTo(entry.channels)) {
        blocks.push(entry.block);
      }
    }
    this.#send(stream, blocks);
    const last = entries.at(-1);
    if (last !== undefined) stream.position = last.id;
  }

  #send(stream: Stream, blocks: readonly Buffer[]): void {
    if (blocks.length === 0) return;
    const now = performance.now();
    const pieces = joinBlocks(blocks, WRITE_BYTES);
    for (const piece of pieces) stream.write(piece, now);
    this.#observer.replayed(
      blocks.length,
      pieces.reduce((sum, piece) => sum + piece.length, 0),
    );
  }

  #reset(stream: Stream, reason: ResetReason, position: Id, requested: string | null): void {
    stream.reset(reason, position, requested);
    this.#observer.reset(reason, 1);
  }

  /** One read for all streams that want the same page at the same time. Undefined where the stream ended meanwhile. */
  #page(stream: Stream, from: Id): Promise<Page | undefined> {
    return this.#retrying(stream, () => {
      const shared = this.#pages.get(from) ?? this.#bus.read(from, SLICE_ENTRIES);
      this.#pages.set(from, shared);
      return shared.finally(() => this.#pages.delete(from));
    });
  }

  async #retrying<T>(stream: Stream, read: () => Promise<T>): Promise<T | undefined> {
    while (!stream.ended) {
      try {
        return await read();
      } catch {
        // The bus says itself that it is away; a stream that has begun waits for it.
        await wait(READ_AGAIN_MS);
      }
    }
    return undefined;
  }
}
