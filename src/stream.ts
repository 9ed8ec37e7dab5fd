// One subscriber's event stream: what is written to its socket, and how it ends. It knows nothing of the log; whoever
// writes to it says which position that brings it to.

import type { Socket } from 'node:net';
import type { Id, NO_POSITION, ResetReason } from './entry.ts';
import type { Format, Listener } from './format.ts';
import { type CloseReason, closeBlock, openBlock, resetBlock, retryBlock } from './sse.ts';

/** Why we broke a stream off without notice: its reader was too slow, or something broke here. */
type CutReason = 'slow' | 'error';
/** Why a stream ended: by us with notice or without, or by the client or the network. */
export type EndReason = CloseReason | CutReason | 'client';

/** Whose stream it is, where somebody asks. */
export interface Holder {
  /** Undefined: somebody without a token. */
  readonly subject: string | undefined;
  /** When the token was issued and when it ends, in milliseconds since 1970. */
  readonly issuedAt: number | undefined;
  readonly expiresAt: number | undefined;
  /** What the stream takes of limits, and gives back at its end. */
  readonly places: readonly string[];
}

export interface StreamOptions extends Listener {
  /** Centre of the jittered `retry:`. */
  readonly retryMs: number;
  /** When the stream is to be closed for its age, on the clock of `performance.now()`. */
  readonly expiresAt: number;
  readonly holder?: Holder | undefined;
  readonly onEnd: (stream: Stream, reason: EndReason) => void;
}

/**
 * A stream over a socket whose response head has been written, so that nothing stands between a block and the socket:
 * writing to the response costs a sixth more CPU for each delivery.
 */
export class Stream implements Listener {
  readonly channels: readonly string[];
  readonly format: Format;
  readonly expiresAt: number;
  readonly holder: Holder | undefined;
  /** Messages written to catch it up. */
  replayed = 0;
  /** When the stream began, on the clock of `performance.now()`. */
  readonly since = performance.now();
  /** The newest entry that this stream has covered; the hub's while it is live. */
  position: Id | undefined;
  /** Since when nothing was written, on the clock of `performance.now()`. */
  silentSince = this.since;
  readonly #socket: Socket;
  readonly #retryMs: number;
  readonly #onEnd: StreamOptions['onEnd'];
  #endReason: EndReason = 'client';
  #ended = false;
  #sent = 0;
  #queued = 0;
  #movedAt = this.since;

  constructor(socket: Socket, { channels, format, retryMs, expiresAt, holder, onEnd }: StreamOptions) {
    this.#socket = socket;
    this.channels = channels;
    this.format = format;
    this.expiresAt = expiresAt;
    this.holder = holder;
    this.#retryMs = retryMs;
    this.#onEnd = onEnd;
    socket.once('close', () => this.#end());
  }

  /** True once nothing more may be written. */
  get ended(): boolean {
    return this.#ended || this.#socket.destroyed;
  }

  /** Bytes that the kernel has not taken yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Writes whole blocks. */
  write(blocks: Buffer | string, now: number): void {
    if (this.ended) return;
    this.silentSince = now;
    this.#socket.write(blocks);
  }

  /** S1: a stream begins by telling how long to wait before coming back. */
  greet(): void {
    this.write(retryBlock(jitter(this.#retryMs)), performance.now());
  }

  /** S2: subscribed. A client that is cut off right after this comes back with `id`. */
  open(id: Id | typeof NO_POSITION, replica: string, resumed: boolean): void {
    this.write(openBlock(id, { replica, channels: this.channels, resumed }), performance.now());
  }

  /** R3: goes on after `position`, with something before it missing. */
  reset(reason: ResetReason, position: Id, requested: string | null): void {
    this.position = position;
    this.write(resetBlock(position, reason, requested), performance.now());
  }

  /** Resolves when everything written has left, or the stream has ended. */
  drained(): Promise<void> {
    if (this.ended || !this.#socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      // A closed socket never drains, so whichever comes first takes the other listener with it.
      const settle = () => {
        this.#socket.off('drain', settle).off('close', settle);
        resolve();
      };
      this.#socket.on('drain', settle).on('close', settle);
    });
  }

  /** R8: says why and when to come back, then ends once that has been sent. */
  close(reason: CloseReason): void {
    if (this.ended) return;
    this.write(closeBlock(reason, jitter(this.#retryMs)), performance.now());
    this.#ended = true;
    this.#endReason = reason;
    this.#socket.destroySoon();
  }

  /** R7: drops a reader that does not keep up, or that cannot be served; it resumes where it was. */
  cut(reason: CutReason): void {
    if (this.#socket.destroyed) return;
    if (!this.#ended) this.#endReason = reason;
    this.#socket.destroy();
  }

  /** For how many milliseconds unsent bytes have not moved; 0 where there are none. To be asked again and again. */
  stuckMs(now: number): number {
    const unsent = this.#socket.writableLength;
    if (unsent === 0) return 0;
    const sent = this.#socket.bytesWritten - unsent;
    const queued = queuedBytes(this.#socket);
    if (sent !== this.#sent || queued !== this.#queued) {
      this.#sent = sent;
      this.#queued = queued;
      this.#movedAt = now;
    }
    return now - this.#movedAt;
  }

  #end(): void {
    this.#ended = true;
    this.#onEnd(this, this.#endReason);
  }
}

/**
 * Bytes of the write under way that the kernel has not taken. Sockets count whole writes alone, and a large message is one
 * (S3): who reads it slowly but steadily would be cut for ever. Node's own socket time-out looks at the same, and documents
 * it nowhere; where it is gone, whole writes are what counts.
 */
function queuedBytes(socket: Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null }): number {
  return socket._handle?.writeQueueSize ?? 0;
}

/** A delay between three quarters and five quarters of `ms`, so that clients do not come back in step. */
export function jitter(ms: number): number {
  return Math.round(ms * (0.75 + Math.random() / 2));
}
