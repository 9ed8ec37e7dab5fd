// Places for pages that are built and on their way: few at a time, so that what they take of a replica is bounded, however
// many ask for them and however slowly those read. Others wait in their order.

import type { ServerResponse } from 'node:http';
import { OverLimit } from './problem.ts';

export interface PagePlacesOptions {
  /** Pages that are built or have not left yet. */
  readonly places: number;
  /** Requests that wait for a place. */
  readonly waiting: number;
  /** How long a page may take while others wait for its place. */
  readonly holdMs: number;
}

// A page takes some 10 MB until it has left. Few are enough, since others leave within milliseconds; more than there are
// processors would be built no faster. Through a slow line, 4 MiB may take longer than others should wait.
const DEFAULTS: PagePlacesOptions = { places: 4, waiting: 1_000, holdMs: 10_000 };

export class PagePlaces {
  readonly #options: PagePlacesOptions;
  /** Those that have a place, oldest first, and since when. */
  readonly #taken = new Map<ServerResponse, number>();
  readonly #waiting = new Map<ServerResponse, (taken: boolean) => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PagePlacesOptions = DEFAULTS) {
    this.#options = options;
  }

  /**
   * Takes a place for the page that `response` is to carry, until that has left or its connection has gone. The answers
   * before it on its connection have left, or it could hold a place that they wait for.
   * @returns false where the connection has gone before there was a place
   * @throws OverLimit where too many wait
   */
  async take(response: ServerResponse): Promise<boolean> {
    if (response.destroyed) return false;
    if (this.#taken.size < this.#options.places) {
      this.#seat(response);
      return true;
    }
    if (this.#waiting.size >= this.#options.waiting) throw full();
    return new Promise((resolve) => {
      this.#waiting.set(response, resolve);
      response.once('close', () => {
        if (this.#waiting.delete(response)) resolve(false);
        this.#watch();
      });
      this.#watch();
    });
  }

  #seat(response: ServerResponse): void {
    this.#taken.set(response, performance.now());
    response.once('close', () => {
      this.#taken.delete(response);
      this.#seatNext();
    });
  }

  #seatNext(): void {
    const [next] = this.#waiting;
    if (next !== undefined) {
      const [response, resolve] = next;
      this.#waiting.delete(response);
      this.#seat(response);
      resolve(true);
    }
    this.#watch();
  }

  /** While others wait, who has had a place for too long is cut: it may have been made to read slowly. */
  #watch(): void {
    clearTimeout(this.#timer);
    const [oldest] = this.#taken;
    if (oldest === undefined || this.#waiting.size === 0) return;
    const [response, since] = oldest;
    this.#timer = setTimeout(() => response.destroy(), Math.max(0, since + this.#options.holdMs - performance.now()));
  }
}

function full(): OverLimit {
  const detail = 'This replica is asked for more pages of history than it can build now: try again.';
  return new OverLimit(503, 'history_pages', detail, { 'Retry-After': '1' });
}
