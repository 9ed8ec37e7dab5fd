// Other deployments on the same Redis, told apart by the number of their database or by their prefix: neither sees
// anything of the other, and what happens to one is not told to the other.

import { Redis } from 'ioredis';
import type { Environment } from '../../src/settings.ts';
import { until } from '../support/until.ts';
import { check } from './checker.ts';
import { CHANNELS, hasReached, type Lab } from './cluster-under-fault.ts';
import { Reader } from './reader.ts';
import { Sender } from './sender.ts';
import { HEARTBEAT_MS, LabReplica } from './servers.ts';

class Neighbour {
  readonly #replica: LabReplica;
  readonly #readers: readonly Reader[];
  readonly #sender: Sender;

  static async start(name: string, redisPort: number, env: Environment): Promise<Neighbour> {
    return new Neighbour(await LabReplica.start(name, redisPort, env));
  }

  private constructor(replica: LabReplica) {
    const { name, url } = replica;
    this.#replica = replica;
    this.#readers = CHANNELS.map(
      (channel) => new Reader({ name, url, channels: [channel], heartbeatMs: HEARTBEAT_MS }),
    );
    this.#sender = new Sender({ name, url, channels: CHANNELS, perSecond: 50 });
  }

  /** Sends as much as was asked for on the channels of everybody else, and judges what came. */
  async exchange(count: number, resets: readonly string[]): Promise<void> {
    await until('its readers are subscribed', () => this.#readers.every(({ live }) => live));
    for (const channel of Array.from({ length: count }).flatMap(() => CHANNELS)) await this.#sender.send([channel]);
    const last = await this.#sender.send(CHANNELS);
    if (last.status !== 'acknowledged') throw new Error('a neighbour could not publish');
    await until('a neighbour is at its tip', () => this.#readers.every((reader) => hasReached(reader, last.id)));
    const subscribers = this.#readers.map(({ log }) => log);
    const violations = check({ sent: this.#sender.sent, subscribers });
    const told = subscribers.map(({ seen }) => seen.flatMap((each) => (each.kind === 'reset' ? [each.reason] : [])));
    if (violations.length > 0) throw new Error(`a neighbour: ${JSON.stringify(violations.slice(0, 3))}`);
    if (told.some((reasons) => reasons.join() !== resets.join())) throw new Error(`a neighbour was told ${told}`);
  }

  async end(): Promise<void> {
    this.#sender.close();
    for (const reader of this.#readers) reader.close();
    await this.#replica.kill();
  }
}

/** Two other deployments come and go under load, and one of them loses its database. */
export async function shareRedis({ servers: { redis } }: Lab): Promise<void> {
  const neighbours: Neighbour[] = [];
  try {
    const database = await Neighbour.start('other database', redis.port, { REDIS_URL: `${redis.url}/1` });
    neighbours.push(database);
    const prefix = await Neighbour.start('other prefix', redis.port, { REDIS_PREFIX: 'other' });
    neighbours.push(prefix);
    await Promise.all(neighbours.map((each) => each.exchange(5, [])));
    await flush(`${redis.url}/1`);
    await database.exchange(5, ['lost']);
    await prefix.exchange(5, []);
  } finally {
    for (const each of neighbours) await each.end();
  }
}

async function flush(url: string): Promise<void> {
  const client = new Redis(url);
  await client.flushdb();
  client.disconnect();
}
