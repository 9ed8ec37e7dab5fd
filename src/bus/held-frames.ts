// Frames that come while a page of the log is read: kept for afterwards, within bounds. Past those they are dropped, and the
// log fills them.

import type { Entry } from '../entry.ts';

const MAX_FRAMES = 10_000;
const MAX_BYTES = 16_777_216;

export class HeldFrames {
  #frames: Entry[] = [];
  #bytes = 0;

  hold(entry: Entry): void {
    if (this.#frames.length >= MAX_FRAMES || this.#bytes >= MAX_BYTES) return;
    this.#frames.push(entry);
    this.#bytes += entry.kind === 'message' ? entry.block.length : 0;
  }

  /** All of them, in their order; they are held no longer. */
  take(): readonly Entry[] {
    const taken = this.#frames;
    this.#frames = [];
    this.#bytes = 0;
    return taken;
  }
}
