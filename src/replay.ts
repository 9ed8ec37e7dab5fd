// From a cursor to live: finds where a stream starts, writes what it missed, and joins it to the hub. A stream has its
// own position and its own loop, so one that reads slowly holds up nobody, and there is no list of pending messages.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Bus } from './bus/bus.ts';
import { type Continuation, continueFrom } from './bus/continuity.ts';
import { type Entry, type Id, NO_POSITION, parseId, type ResetReason } from './entry.ts';
import type { Hub } from './hub.ts';
import type { Logger } from './log.ts';
import { LogReader } from './log-reader.ts';
import type { ResumeResult, ResumeSource } from './metric-catalogue.ts';
import { lookUpStart, type Start, startAtOnce } from './start.ts';
import type { Stream } from './stream.ts';

export interface ReplayObserver {
  /** A stream has been told that it is subscribed. */
  opened(stream: Stream): void;
  resumed(source: ResumeSource, result: ResumeResult): void;
  replayed(events: number, bytes: number): void;
  reset(reason: ResetReason): void;
}

const SLICE_ENTRIES = 1_000;
const WRITE_BYTES = 65_536;

export class Replay {
  readonly #bus: Bus;
  readonly #hub: Hub;
  readonly #replica: string;
  readonly #log: Logger;
  readonly #observer: ReplayObserver;
  readonly #reader: LogReader;

  constructor(bus: Bus, hub: Hub, replica: string, log: Logger, observer: ReplayObserver) {
    this.#bus = bus;
    this.#hub = hub;
    this.#replica = replica;
    this.#log = log;
    this.#observer = observer;
    this.#reader = new LogReader(bus);
  }

  /**
   * Opens the stream (S2), catches it up and makes it live. All that memory can answer is written before this returns
   * its promise, which resolves when the stream is live or has ended.
   */
  async serve(stream: Stream, start: Start): Promise<void> {
    try {
      const found = startAtOnce(start, this.#bus) ?? (await lookUpStart(start, stream, this.#bus, this.#reader));
      if (found === undefined) return;
      await this.#begin(stream, start, found);
      await this.#catchUp(stream);
    } catch (error) {
      this.#log.error({ err: error }, 'a stream could not be caught up');
      stream.cut('error');
    }
  }

  async #begin(stream: Stream, start: Start, { position, reason, entries }: Continuation): Promise<void> {
    const cursor = start.from === 'cursor' ? start.cursor : null;
    const resumed = cursor !== null || start.from === 'earliest';
    // A reset is a block of its own: a client that is cut off before it must come back to where it is told again.
    const id = reason === undefined ? position : (parseId(cursor ?? '') ?? NO_POSITION);
    stream.open(id, this.#replica, resumed && reason === undefined);
    this.#observer.opened(stream);
    stream.position = position;
    if (reason !== undefined) this.#reset(stream, reason, position, cursor);
    if (resumed) {
      const source = reason === 'unknown' ? 'none' : entries.length > 0 ? 'log' : 'ring';
      this.#observer.resumed(source, reason === undefined ? 'complete' : 'reset');
    }
    if (entries.length > 0) await this.#write(stream, entries);
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
      else await this.#write(stream, this.#slice(sequence));
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
    const page = await this.#reader.page(stream, position);
    if (page === undefined) return;
    const { reason, position: next, entries } = continueFrom(position, page);
    if (reason !== undefined) this.#reset(stream, reason, next, position);
    await this.#write(stream, entries);
    const ahead = reason === undefined && entries.length === 0;
    if (ahead && !stream.ended && this.#bus.ring.sequenceAfter(position) === undefined)
      await this.#hub.progress(stream);
  }

  /** Writes those entries that the stream listens to, as fast as it takes them; it has then covered them all. */
  async #write(stream: Stream, entries: readonly Entry[]): Promise<void> {
    let blocks: Buffer[] = [];
    let bytes = 0;
    const send = (position: Id) => {
      if (blocks.length > 0) stream.write(Buffer.concat(blocks), performance.now());
      stream.position = position;
      this.#observer.replayed(blocks.length, bytes);
      blocks = [];
      bytes = 0;
    };
    for (const entry of entries) {
      if (stream.ended) return;
      if (entry.kind === 'break') {
        send(entry.prev);
        this.#reset(stream, 'lost', entry.id, null);
      } else if (stream.listensTo(entry.channels)) {
        blocks.push(entry.block);
        bytes += entry.block.length;
        if (bytes < WRITE_BYTES) continue;
        send(entry.id);
        await stream.drained();
      }
    }
    const last = entries.at(-1);
    if (last !== undefined) send(last.id);
  }

  #reset(stream: Stream, reason: ResetReason, position: Id, requested: string | null): void {
    stream.reset(reason, position, requested);
    this.#observer.reset(reason);
  }
}
