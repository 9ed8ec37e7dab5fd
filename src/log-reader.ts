// Reads of the log on behalf of streams: shared by those that want the same page at once, and patient while the bus is
// away, since a stream that has begun has no other way to go on.

import { setTimeout as wait } from 'node:timers/promises';
import type { Bus, Page } from './bus/bus.ts';
import type { Entry, Id } from './entry.ts';
import type { Stream } from './stream.ts';

/** The most entries that one read brings. */
export const PAGE_ENTRIES = 1_000;

const READ_AGAIN_MS = 500;

export class LogReader {
  readonly #bus: Bus;
  readonly #pages = new Map<Id, Promise<Page>>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** A page from `from` on; undefined where the stream ended before the bus could give one. */
  page(stream: Stream, from: Id): Promise<Page | undefined> {
    return patiently(stream, () => this.#pages.get(from) ?? this.#read(from));
  }

  /** A page from `from` back, newest first; undefined where the stream ended before the bus could give one. */
  pageBack(stream: Stream, from: Id): Promise<readonly Entry[] | undefined> {
    return patiently(stream, () => this.#bus.readBack(from, PAGE_ENTRIES));
  }

  #read(from: Id): Promise<Page> {
    const page = this.#bus.read(from, PAGE_ENTRIES).finally(() => this.#pages.delete(from));
    this.#pages.set(from, page);
    return page;
  }
}

async function patiently<T>(stream: Stream, read: () => Promise<T>): Promise<T | undefined> {
  while (!stream.ended) {
    try {
      return await read();
    } catch {
      // The bus says itself that it is away.
      await wait(READ_AGAIN_MS);
    }
  }
  return undefined;
}
