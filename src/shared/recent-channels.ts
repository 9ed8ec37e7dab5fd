// The list of channels as it was a moment ago: however many ask, it is gathered now and then.

import { ChannelList } from '../channel-list.ts';

// It is right within 5 s (H6): replicas tell what has changed twice a second, and gathering takes less than a second.
const LEAST_MS = 500;
const MOST_MS = 2_000;
// Where there are very many channels, gathering takes at most a part of the time.
const TIMES_AS_LONG = 10;

export class RecentChannels {
  readonly #counts: () => Promise<ReadonlyMap<string, number>>;
  #list: Promise<ChannelList> | undefined;
  #goodUntil = 0;

  /** @param counts what it is made of */
  constructor(counts: () => Promise<ReadonlyMap<string, number>>) {
    this.#counts = counts;
  }

  list(): Promise<ChannelList> {
    if (this.#list === undefined || performance.now() > this.#goodUntil) this.#list = this.#gather();
    return this.#list;
  }

  async #gather(): Promise<ChannelList> {
    const begun = performance.now();
    this.#goodUntil = Number.POSITIVE_INFINITY;
    try {
      return await ChannelList.of(await this.#counts());
    } finally {
      const ended = performance.now();
      this.#goodUntil = ended + Math.min(MOST_MS, Math.max(LEAST_MS, TIMES_AS_LONG * (ended - begun)));
    }
  }
}
