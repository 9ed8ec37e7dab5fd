// Fan-out: from an entry of the log to the sockets of the live streams that listen to its channels.
//
// Blocks that meet in one turn of the event loop are joined once for each group of streams with the same channels, and
// leave in one write for each stream: behind a busy bus that is most of the speed. Fan-out takes at most half of the time,
// so that publishes and new streams get theirs: for as long as it took, what comes next waits, and leaves joined. Under
// load messages arrive sooner than without, and one that nothing came shortly before never waits.

import type { Entry, Id, MessageEntry, ResetReason } from './entry.ts';
import { blocksOf } from './format.ts';
import { type Group, Groups } from './groups.ts';
import type { Stream } from './stream.ts';

export interface HubObserver {
  /** After a turn's messages, those with streams here, have been written to them; `tookMs` since the first came. */
  delivered(messages: readonly MessageEntry[], events: number, bytes: number, tookMs: number): void;
  reset(reason: ResetReason, streams: number): void;
}

// A batch is not a burst: what a turn joins leaves in pieces of about this size.
const WRITE_BYTES = 65_536;
// A process that was frozen meanwhile did not spend the time on fan-out.
const MOST_REST_MS = 100;

export class Hub {
  readonly #position: () => Id;
  readonly #slowBytes: number;
  readonly #observer: HubObserver;
  readonly #groups = new Groups();
  readonly #dirty = new Set<Group>();
  #turn: MessageEntry[] = [];
  #messages = 0;
  #turnBegan = 0;
  #restUntil = 0;
  #rest: NodeJS.Timeout | undefined;
  readonly #waiting = new Map<Stream, () => void>();

  /** @param slowBytes R7: a stream with more than this unsent from earlier turns is cut */
  constructor(position: () => Id, slowBytes: number, observer: HubObserver) {
    this.#position = position;
    this.#slowBytes = slowBytes;
    this.#observer = observer;
  }

  /** How many messages have come, whether somebody listens to them or not. */
  get messages(): number {
    return this.#messages;
  }

  /** Channels that have live streams here. */
  get channels(): number {
    return this.#groups.channels;
  }

  /** Pairs of a live stream and one of its channels. */
  get subscriptions(): number {
    return this.#groups.subscriptions;
  }

  /** How many live streams listen to at least one of these channels. */
  listeners(channels: readonly string[]): number {
    const groups = new Set(channels.flatMap((channel) => [...this.#groups.of(channel)]));
    return [...groups].reduce((sum, { streams }) => sum + streams.size, 0);
  }

  /** Whether `stream` is live: what it has covered is what the hub has. */
  has(stream: Stream): boolean {
    return this.#groups.has(stream);
  }

  /**
   * Makes a stream live that has covered everything up to the ring's end. Nothing can slip between its last read and
   * this, since both happen in one turn; what this turn has already brought for others is flushed before.
   */
  join(stream: Stream): void {
    this.flush();
    this.#groups.add(stream);
  }

  leave(stream: Stream): void {
    this.#groups.delete(stream);
    this.#waiting.get(stream)?.();
    this.#waiting.delete(stream);
  }

  /** The next entry of the log. */
  append(entry: Entry): void {
    if (entry.kind === 'break') this.gap('lost', entry.id);
    else this.#enqueue(entry);
    this.#progress();
  }

  /** The log goes on after `position` with something missing: every live stream is told, once (R3). */
  gap(reason: ResetReason, position: Id): void {
    this.flush();
    let count = 0;
    for (const { streams } of this.#groups.all()) {
      for (const stream of streams) stream.reset(reason, position, null);
      count += streams.size;
    }
    this.#observer.reset(reason, count);
    this.#progress();
  }

  /** Writes what this turn has gathered; afterwards live streams stand at the returned position. */
  flush(): Id {
    clearTimeout(this.#rest);
    if (this.#turn.length > 0) {
      const messages = this.#turn;
      this.#turn = [];
      let events = 0;
      let bytes = 0;
      const begun = performance.now();
      for (const group of this.#dirty) {
        const blocks = group.pending;
        group.pending = [];
        bytes += this.#write(group.streams, blocks, begun);
        events += blocks.length * group.streams.size;
      }
      this.#dirty.clear();
      const ended = performance.now();
      this.#restUntil = ended + Math.min(ended - begun, MOST_REST_MS);
      this.#observer.delivered(messages, events, bytes, ended - this.#turnBegan);
    }
    return this.#position();
  }

  /** Resolves after the next entry or gap, or when the stream leaves. */
  progress(stream: Stream): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(stream, resolve));
  }

  #enqueue(entry: MessageEntry): void {
    this.#messages += 1;
    const blockOf = blocksOf(entry);
    let heard = false;
    for (const channel of entry.channels) {
      for (const group of this.#groups.of(channel)) {
        heard = true;
        // A group that listens to several of the channels gets the message once (S6).
        const block = blockOf(group);
        if (group.pending.at(-1) === block) continue;
        group.pending.push(block);
        this.#dirty.add(group);
      }
    }
    if (heard && this.#turn.push(entry) === 1) {
      this.#turnBegan = performance.now();
      const rest = this.#restUntil - this.#turnBegan;
      if (rest > 0) this.#rest = setTimeout(() => this.flush(), rest);
      else setImmediate(() => this.flush());
    }
  }

  #write(streams: ReadonlySet<Stream>, blocks: readonly Buffer[], now: number): number {
    const pieces = joinBlocks(blocks, WRITE_BYTES);
    for (const stream of streams) {
      if (stream.unsentBytes > this.#slowBytes) stream.cut('slow');
      else for (const piece of pieces) stream.write(piece, now);
    }
    return pieces.reduce((sum, piece) => sum + piece.length, 0) * streams.size;
  }

  #progress(): void {
    for (const resolve of this.#waiting.values()) resolve();
    this.#waiting.clear();
  }
}

/** Joins blocks into as few buffers as possible of about `maxBytes` each; a larger block stays whole. */
export function joinBlocks(blocks: readonly Buffer[], maxBytes: number): readonly Buffer[] {
  if (blocks.length === 1) return blocks;
  const pieces: Buffer[] = [];
  let start = 0;
  let bytes = 0;
  for (const [index, block] of blocks.entries()) {
    if (bytes > 0 && bytes + block.length > maxBytes) {
      pieces.push(Buffer.concat(blocks.slice(start, index)));
      start = index;
      bytes = 0;
    }
    bytes += block.length;
  }
  if (start < blocks.length) pieces.push(Buffer.concat(blocks.slice(start)));
  return pieces;
}
