// Witnesses of a siege: on each replica one who hears every channel that anybody here could reach.

import { expect } from 'vitest';
import { metric, metricsOf } from '../support/replica.ts';
import { Subscriber } from '../support/subscriber.ts';
import { until } from '../support/until.ts';
import { CHANNELS } from './overreach.ts';

export interface Place {
  readonly url: string;
  readonly metricsUrl: string;
}

export class Witnesses {
  readonly #replicas: readonly Place[];
  readonly #streams: readonly Subscriber[];

  /** @param token of somebody who may hear everything */
  static async on(replicas: readonly Place[], token: string): Promise<Witnesses> {
    const query = new URLSearchParams(CHANNELS.map((channel) => ['channel', channel])).toString();
    const headers = { Authorization: `Bearer ${token}` };
    const streams = await Promise.all(replicas.map(({ url }) => Subscriber.open(url, { query, headers })));
    for (const stream of streams) expect(await stream.next()).toMatchObject({ event: 'fanfare:open' });
    return new Witnesses(replicas, streams);
  }

  private constructor(replicas: readonly Place[], streams: readonly Subscriber[]) {
    this.#replicas = replicas;
    this.#streams = streams;
  }

  /** Expects that these messages have been heard and no others. */
  async expectOnly(ids: readonly string[]): Promise<void> {
    const missing = new Set(ids);
    for (const stream of this.#streams) {
      const left = new Set(missing);
      const heard = await stream.takeUntil(
        ({ id, event }) => event === 'message' && left.delete(id ?? '') && left.size === 0,
      );
      const messages = heard.filter(({ event }) => event !== 'fanfare:heartbeat');
      expect(messages.map(({ id }) => id).sort()).toEqual([...ids].sort());
    }
    const counts = this.#replicas.map((replica) => metric(replica, 'fanfare_messages_published_total{result="ok"}'));
    expect((await Promise.all(counts)).reduce((sum, each) => sum + each, 0)).toBe(ids.length);
  }

  /** Expects that no stream is open but theirs, and that nothing has broken. */
  async expectAlone(): Promise<void> {
    for (const replica of this.#replicas) {
      await until('no other stream is open', async () => (await metric(replica, 'fanfare_streams')) === 1);
      const broken = /^http_requests_total\{.*"5xx".*\} [1-9]/;
      const answers = (await metricsOf(replica)).split('\n').filter((line) => broken.test(line));
      // Before it was ready, it said so.
      expect(answers.filter((line) => !line.includes('/readyz'))).toEqual([]);
    }
  }

  close(): void {
    for (const stream of this.#streams) stream.close();
  }
}
