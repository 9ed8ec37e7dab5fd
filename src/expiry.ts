// Streams that end at a time of the calendar: that at which their token does. In buckets of a second, which is how exact
// tokens are, so that looking for what is due costs nothing for all others.

import type { Stream } from './stream.ts';

export class Expiry {
  readonly #due = new Map<number, Set<Stream>>();
  #looked = 0;

  /** @param at milliseconds since 1970 */
  add(stream: Stream, at: number): void {
    const second = Math.ceil(at / 1_000);
    const streams = this.#due.get(second);
    if (streams === undefined) this.#due.set(second, new Set([stream]));
    else streams.add(stream);
  }

  remove(stream: Stream, at: number): void {
    const second = Math.ceil(at / 1_000);
    const streams = this.#due.get(second);
    streams?.delete(stream);
    if (streams?.size === 0) this.#due.delete(second);
  }

  /** Those whose time has come; to be asked several times a second. */
  due(now: number): readonly Stream[] {
    const second = Math.floor(now / 1_000);
    if (second === this.#looked) return [];
    this.#looked = second;
    return [...this.#due].filter(([at]) => at <= second).flatMap(([, streams]) => [...streams]);
  }
}
