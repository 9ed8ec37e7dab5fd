// A publisher: so many stamped messages a second over its channels. It sends what is due as one batch and waits until that is
// acknowledged, so that its messages stand in the log in the order of their numbers.

import http from 'k6/http';
import { Counter } from 'k6/metrics';
import { setTimeout } from 'k6/timers';
import { stamped } from 'k6/x/sse';
import { TARGET } from './settings.ts';

const published = new Counter('messages_published');
/** Batches that had to be sent again. Through nginx there are none as long as one replica lives. */
const repeated = new Counter('publish_repeated');

const TICK_MS = 10;
const MOST_IN_A_BATCH = 1_000;
const MOST_BATCH_BYTES = 900_000;
const REPEAT_MS = 100;
// As an application would, it gives up one day; the test has then failed.
const MOST_REPEATS = 300;

export class Publisher {
  readonly #channels: readonly string[];
  readonly #bytes: number;
  #next = 0;
  /** Messages that are in the log, by channel. */
  readonly acknowledged = new Map<string, number>();

  /** @param bytes of each message, at least */
  constructor(channels: readonly string[], bytes: number) {
    this.#channels = channels;
    this.#bytes = bytes;
  }

  /** Publishes until `done` says so, and resolves when all of it is acknowledged. */
  async publish(perSecond: number, done: () => boolean): Promise<void> {
    const most = Math.min(MOST_IN_A_BATCH, Math.max(1, Math.floor(MOST_BATCH_BYTES / this.#bytes)));
    const begun = Date.now();
    let sent = 0;
    while (!done()) {
      const due = Math.floor(((Date.now() - begun) / 1000) * perSecond) - sent;
      if (due > 0) sent += await this.send(Math.min(due, most));
      await pause(TICK_MS);
    }
  }

  /** Publishes as long as `act` takes. */
  async publishDuring(perSecond: number, act: () => Promise<unknown>): Promise<void> {
    let over = false;
    const publishing = this.publish(perSecond, () => over);
    await act();
    over = true;
    await publishing;
  }

  /** Publishes so many messages, to one channel after another, and resolves with their number. */
  async send(count: number): Promise<number> {
    const channels = Array.from(
      { length: count },
      () => this.#channels[this.#next++ % this.#channels.length] as string,
    );
    const batch = channels.map((channel) => ({ channel, message: stamped(channel, this.#bytes) }));
    await insist(JSON.stringify(batch));
    for (const channel of channels) this.acknowledged.set(channel, (this.acknowledged.get(channel) ?? 0) + 1);
    published.add(count);
    return count;
  }
}

/** Sends a batch, again with the same key until it is acknowledged. */
async function insist(body: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() };
  for (let repeats = 0; repeats < MOST_REPEATS; repeats += 1) {
    const { status } = await http.asyncRequest('POST', `${TARGET}/send`, body, { headers });
    if (status === 201) return;
    repeated.add(1, { status: String(status) });
    await pause(REPEAT_MS);
  }
  throw new Error(`${TARGET}/send acknowledges nothing: is the cluster up?`);
}

/** Resolves after so many milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
