// From a cursor to live: finds where a stream starts, writes what it missed, and joins it to the hub. A stream has its
// own position and its own loop, so one that reads slowly holds up nobody, and there is no list of pending messages.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Bus } from './bus/bus.ts';
import { type Continuation, continueFrom } from './bus/continuity.ts';
import { type Entry, type Id, NO_POSITION, parseId, type ResetReason } from './entry.ts';
import { blockFor } from './format.ts';
import { keyOf } from './groups.ts';
import type { Hub } from './hub.ts';
import type { Logger } from './log.ts';
import type { LogReader } from './log-reader.ts';
import type { ResumeResult, ResumeSource } from './metric-labels.ts';
import { type Piece, takePiece } from './piece.ts';
import { lookUpStart, type Start, startAtOnce } from './start.ts';
import type { Stream } from './stream.ts';

export interface ReplayObserver {
  /** A stream has been told that it is subscribed. */
  opened(stream: Stream): void;
  resumed(source: ResumeSource, result: ResumeResult): void;
  replayed(events: number, bytes: number): void;
  reset(reason: ResetReason): void;
  /** A stream has been given all that one connection may be. */
  limited(): void;
}

export class Replay {
  readonly #bus: Bus;
  readonly #hub: Hub;
  readonly #replica: string;
  readonly #log: Logger;
  readonly #observer: ReplayObserver;
  readonly #reader: LogReader;
  /** 0: no limit. */
  readonly #most: number;
  /** The last piece of the ring that was made: who comes back beside others mostly needs the same one. */
  #made:
    | {
        readonly key: string;
        readonly sequence: number;
        readonly end: number;
        readonly most: number;
        readonly piece: Piece;
      }
    | undefined;

  /** @param most messages that one connection is given to catch up; 0: no limit */
  constructor(
    { bus, reader }: { readonly bus: Bus; readonly reader: LogReader },
    hub: Hub,
    replica: string,
    most: number,
    log: Logger,
    observer: ReplayObserver,
  ) {
    this.#bus = bus;
    this.#hub = hub;
    this.#replica = replica;
    this.#most = most;
    this.#log = log;
    this.#observer = observer;
    this.#reader = reader;
  }

  /**
   * Opens the stream (S2), catches it up and makes it live. All that memory can answer is written before this returns
   * its promise, which resolves when the stream is live or has ended.
   */
  async serve(stream: Stream, start: Start): Promise<void> {
    try {
      const found = startAtOnce(start, this.#bus) ?? (await lookUpStart(start, stream, this.#bus, this.#reader));
      if (found === undefined) return;
      this.#begin(stream, start, found);
      if (found.entries.length > 0) await this.#pass(stream, found.entries);
      await this.#catchUp(stream);
    } catch (error) {
      this.#log.error({ err: error }, 'a stream could not be caught up');
      stream.cut('error');
    }
  }

  #begin(stream: Stream, start: Start, { position, reason, entries }: Continuation): void {
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
  }

  async #catchUp(stream: Stream): Promise<void> {
    const { ring } = this.#bus;
    while (!stream.ended) {
      const sequence = ring.sequenceAfter(stream.position as Id);
      if (sequence === ring.end) {
        this.#hub.join(stream);
        return;
      }
      if (this.#spent(stream)) return;
      if (sequence === undefined) {
        await this.#readOn(stream);
        await stream.drained();
        continue;
      }
      const piece = this.#pieceAt(sequence, stream);
      this.#write(stream, piece);
      await stream.drained();
      // Where there is much to pass, other streams get their turn.
      if (sequence + piece.entries < ring.end) await nextTurn();
    }
  }

  #pieceAt(sequence: number, stream: Stream): Piece {
    const { ring } = this.#bus;
    const { end } = ring;
    const key = keyOf(stream);
    const most = this.#left(stream);
    const made = this.#made;
    if (made?.key !== key || made.sequence !== sequence || made.end !== end || made.most !== most) {
      const piece = takePiece(
        (index) => ring.at(sequence + index),
        (entry) => blockFor(stream, entry),
        most,
      );
      this.#made = { key, sequence, end, most, piece };
      return piece;
    }
    return made.piece;
  }

  /** Goes on from the log: the position has fallen out of the ring, or the ring has not come to it yet. */
  async #readOn(stream: Stream): Promise<void> {
    const position = stream.position as Id;
    const page = await this.#reader.page(stream, position);
    if (page === undefined) return;
    const { reason, position: next, entries } = continueFrom(position, page);
    if (reason !== undefined) this.#reset(stream, reason, next, position);
    await this.#pass(stream, entries);
    const ahead = reason === undefined && entries.length === 0;
    if (ahead && !stream.ended && this.#bus.ring.sequenceAfter(position) === undefined)
      await this.#hub.progress(stream);
  }

  /** Writes those entries that the stream listens to, as fast as it takes them; it has then covered them all. */
  async #pass(stream: Stream, entries: readonly Entry[]): Promise<void> {
    let index = 0;
    while (index < entries.length && !stream.ended && !this.#spent(stream)) {
      const piece = takePiece(
        (offset) => entries[index + offset],
        (entry) => blockFor(stream, entry),
        this.#left(stream),
      );
      this.#write(stream, piece);
      index += piece.entries;
      await stream.drained();
    }
  }

  #write(stream: Stream, { lost, position, events, bytes }: Piece): void {
    if (lost) {
      this.#reset(stream, 'lost', position, null);
      return;
    }
    if (events > 0) stream.write(bytes, performance.now());
    stream.position = position;
    stream.replayed += events;
    this.#observer.replayed(events, bytes.length);
  }

  /** Ends a stream that has been given all it may be and is still behind: its client comes back to where it is. */
  #spent(stream: Stream): boolean {
    if (this.#left(stream) > 0) return false;
    this.#observer.limited();
    stream.close('replay');
    return true;
  }

  /** How many messages a stream may still be given to catch up. */
  #left({ replayed }: Stream): number {
    return this.#most === 0 ? Number.POSITIVE_INFINITY : Math.max(0, this.#most - replayed);
  }

  #reset(stream: Stream, reason: ResetReason, position: Id, requested: string | null): void {
    stream.reset(reason, position, requested);
    this.#observer.reset(reason);
  }
}
