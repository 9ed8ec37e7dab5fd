// People who come from many addresses and under many names to several replicas, as the tests of limits need them: what they
// open is closed together.

import { expect } from 'vitest';
import { publish } from './publisher.ts';
import { Subscriber } from './subscriber.ts';
import { until } from './until.ts';

export type Headers = Readonly<Record<string, string>>;

/** A replica that believes it (TRUST_PROXY) takes who sends this for somebody of that address. */
export const from = (address: string): Headers => ({ 'X-Forwarded-For': address });

let visitors = 0;

/** Somebody of an address that nobody else has. */
export function newcomer(): Headers {
  visitors += 1;
  return from(`192.0.${Math.floor(visitors / 256)}.${visitors % 256}`);
}

/** What was answered to whoever asked for a stream; one that was refused is over. */
interface Visit {
  readonly status: number;
  readonly stream: Subscriber;
}

export class Crowd {
  readonly #urls: readonly string[];
  readonly #streams: Subscriber[] = [];

  /** @param urls of the replicas */
  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  /** Asks for a stream; one that is open begins with `fanfare:open`, and stays. */
  async enter(url: string, headers: Headers, query = ''): Promise<Visit> {
    const stream = await Subscriber.open(url, { query, headers });
    this.#streams.push(stream);
    if (stream.status !== 200) stream.close();
    // The proxy lets an EventSource that is refused wait, and has nothing else for it.
    while (stream.status === 200 && !stream.ended && !stream.text.includes('fanfare:open')) await stream.told();
    if (stream.text.includes('fanfare:open')) await stream.next();
    return { status: stream.status, stream };
  }

  /** As `enter`, and leaves at once where it was let in. */
  async knock(url: string, headers: Headers, query = ''): Promise<number> {
    const { status, stream } = await this.enter(url, headers, query);
    stream.close();
    return status;
  }

  /** Opens streams at these replicas, which all have to be let in. */
  async fill(replicas: readonly number[], headers: Headers): Promise<readonly Subscriber[]> {
    const streams: Subscriber[] = [];
    for (const index of replicas) {
      const { status, stream } = await this.enter(this.#urls[index] as string, headers);
      expect(status).toBe(200);
      streams.push(stream);
    }
    return streams;
  }

  /** Expects that there is no place at these replicas, of all if none are named. */
  async expectFull(headers: Headers, replicas: readonly number[] = this.#urls.keys().toArray()): Promise<void> {
    for (const index of replicas) expect(await this.knock(this.#urls[index] as string, headers)).toBe(429);
  }

  /** Takes a place at this replica as soon as there is one. */
  async untilOpen(replica: number, headers: Headers, ms?: number): Promise<void> {
    const url = this.#urls[replica] as string;
    await until(`there is room at ${url}`, async () => (await this.enter(url, headers)).status === 200, ms);
  }

  /** By this replica's word: one that is asked tells Redis of its own places by the way. */
  async untilFull(replica: number, headers: Headers, ms?: number): Promise<void> {
    const url = this.#urls[replica] as string;
    await until(`there is no room at ${url}`, async () => (await this.knock(url, headers)) === 429, ms);
  }

  leave(): void {
    for (const stream of this.#streams.splice(0)) stream.close();
  }
}

/** Expects that these streams still bring what is sent. */
export async function expectHeard(url: string, streams: readonly (Subscriber | undefined)[]): Promise<void> {
  const id = await publish(url, { message: 'still here' });
  for (const stream of streams) await stream?.takeUntil((event) => event.id === id);
}
