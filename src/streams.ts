// All open streams of this replica and the one timer that looks after them: heartbeats, ages and readers that are stuck.

import type { Socket } from 'node:net';
import { ChannelCounts } from './channel-counts.ts';
import type { Id } from './entry.ts';
import { Expiry } from './expiry.ts';
import type { Listener } from './format.ts';
import type { Hub } from './hub.ts';
import { type CloseReason, heartbeatBlock } from './sse.ts';
import { type EndReason, type Holder, Stream } from './stream.ts';

export interface StreamsOptions {
  readonly heartbeatMs: number;
  readonly retryMs: number;
  readonly maxAgeMs: number;
  readonly slowClientMs: number;
  readonly slowClientBytes: number;
}

export interface StreamsObserver {
  ended(stream: Stream, reason: EndReason): void;
  /** A sweep came so many milliseconds later than it should, and wrote so many heartbeats. */
  swept(lateMs: number, heartbeats: number): void;
}

// Each stream is looked at once in a fifth of a heartbeat, a tenth of its age, at least once in three seconds, a tenth of them at a
// time: ten thousand that fell silent together are not written to in one turn.
const ROUND_MS = 3_000;
const SLICES = 10;

export class Streams {
  readonly #options: StreamsOptions;
  readonly #hub: Hub;
  readonly #observer: StreamsObserver;
  /** Streams by channel, also those that are catching up. */
  readonly channels = new ChannelCounts();
  readonly #open = new Set<Stream>();
  readonly #sockets = new WeakSet<Socket>();
  readonly #expiry = new Expiry();
  readonly #timer: NodeJS.Timeout;
  readonly #sweepMs: number;
  #sweptAt = performance.now();
  #round = this.#open.keys();
  /** The heartbeat of most streams at a time. */
  #heartbeat: { readonly position: Id; readonly block: Buffer } | undefined;

  constructor(options: StreamsOptions, hub: Hub, observer: StreamsObserver) {
    this.#options = options;
    this.#hub = hub;
    this.#observer = observer;
    const roundMs = Math.min(ROUND_MS, options.heartbeatMs / 5, options.maxAgeMs / 10);
    this.#sweepMs = roundMs / SLICES;
    this.#timer = setInterval(() => this.#sweep(performance.now()), this.#sweepMs);
  }

  get size(): number {
    return this.#open.size;
  }

  /** The open streams, oldest first. */
  all(): readonly Stream[] {
    return [...this.#open];
  }

  /** Takes over a socket whose response head has been written. */
  add(socket: Socket, { channels, format }: Listener, holder?: Holder): Stream {
    const { retryMs, maxAgeMs } = this.#options;
    // R10: jitter, or streams that came together would go together; a tenth is left for the sweep to come round.
    const expiresAt = performance.now() + maxAgeMs * (0.8 + Math.random() / 10);
    const stream = new Stream(socket, { channels, format, retryMs, expiresAt, holder, onEnd: this.#end });
    this.#open.add(stream);
    this.#sockets.add(socket);
    this.channels.add(channels);
    if (holder?.expiresAt !== undefined) this.#expiry.add(stream, holder.expiresAt);
    return stream;
  }

  /** Whether a socket has been taken over. */
  carries(socket: Socket): boolean {
    return this.#sockets.has(socket);
  }

  /** Ends a subject's streams whose tokens were issued until then (as for `Kicks.refuses`). */
  kick(refused: (holder: Holder) => boolean): void {
    for (const stream of this.all()) {
      if (stream.holder !== undefined && refused(stream.holder)) this.close(stream, 'kicked');
    }
  }

  /** Breaks off those that have been closed and still have something unsent. */
  cut(): void {
    for (const stream of this.all()) stream.cut('slow');
  }

  /** Stops the timer; streams stay open. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Unsent bytes over all streams, and how many streams are above half the limit. */
  backlog(): { readonly bytes: number; readonly slow: number } {
    let bytes = 0;
    let slow = 0;
    for (const { unsentBytes } of this.#open) {
      bytes += unsentBytes;
      if (unsentBytes > this.#options.slowClientBytes / 2) slow += 1;
    }
    return { bytes, slow };
  }

  /** One function for all streams: each would else hold one of its own. */
  readonly #end = (stream: Stream, reason: EndReason): void => {
    if (!this.#open.delete(stream)) return;
    this.#hub.leave(stream);
    this.channels.remove(stream.channels);
    const { holder } = stream;
    if (holder?.expiresAt !== undefined) this.#expiry.remove(stream, holder.expiresAt);
    this.#observer.ended(stream, reason);
  };

  #sweep(now: number): void {
    const lateMs = Math.max(0, now - this.#sweptAt - this.#sweepMs);
    this.#sweptAt = now;
    for (const stream of this.#expiry.due(Date.now())) this.close(stream, 'expired');
    let heartbeats = 0;
    for (let left = Math.ceil(this.#open.size / SLICES); left > 0; left -= 1) {
      const next = this.#round.next();
      if (next.done) {
        this.#round = this.#open.keys();
        break;
      }
      if (this.#look(next.value, now) === 'beat') heartbeats += 1;
    }
    this.#observer.swept(lateMs, heartbeats);
  }

  #look(stream: Stream, now: number): 'beat' | undefined {
    if (stream.stuckMs(now) > this.#options.slowClientMs) stream.cut('slow');
    else if (now > stream.expiresAt) this.close(stream, 'age');
    else if (now - stream.silentSince >= this.#options.heartbeatMs) return this.#beat(stream, now);
    return undefined;
  }

  /** Ends a stream with notice. What this turn has gathered for it goes out before. */
  close(stream: Stream, reason: CloseReason): void {
    this.#hub.flush();
    stream.close(reason);
  }

  #beat(stream: Stream, now: number): 'beat' | undefined {
    // A cursor must not run ahead of bytes that may never leave, so the hub is flushed first (S5).
    const position = this.#hub.has(stream) ? this.#hub.flush() : stream.position;
    if (position === undefined) return undefined;
    if (this.#heartbeat?.position !== position) {
      this.#heartbeat = { position, block: Buffer.from(heartbeatBlock(position)) };
    }
    stream.write(this.#heartbeat.block, now);
    return 'beat';
  }
}
