// A cluster that is open to hostile input, and everybody who watches it meanwhile: three readers of what is sent to it,
// bystanders on each replica who have a steady stream of their own, and slow clients who hold connections open.

import { expect } from 'vitest';
import { Audience, type Cluster, expectAll, servedBy, startCluster } from '../support/cluster.ts';
import { publish } from '../support/publisher.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { metric } from '../support/replica.ts';
import type { OpenEventSource } from '../support/subscriber.ts';
import { until } from '../support/until.ts';
import { CHANNELS, NAMES } from './hostile-messages.ts';
import { openReaders, type StreamReader } from './hostile-readers.ts';
import { SlowClients } from './hostile-slowness.ts';
import { Sender } from './sender.ts';

const BYSTANDER = 'bystander';
// Slow clients of each kind: before nginx, and before each replica.
const SLOW_AT_NGINX = 100;
const SLOW_AT_REPLICA = 30;

export class HostileCluster {
  readonly cluster: Cluster;
  readonly #redis: RedisServer;
  readonly #audience: Audience;
  readonly #sender: Sender;
  #slow: readonly SlowClients[] = [];
  #readers: readonly StreamReader[] = [];
  #bystanders: readonly OpenEventSource[] = [];

  static async start(): Promise<HostileCluster> {
    const redis = await startRedis();
    let hostile: HostileCluster | undefined;
    try {
      hostile = new HostileCluster(redis, await startCluster({ REDIS_URL: redis.url }));
      await hostile.#watch();
      return hostile;
    } catch (error) {
      await (hostile?.stop() ?? redis.end());
      throw error;
    }
  }

  private constructor(redis: RedisServer, cluster: Cluster) {
    this.#redis = redis;
    this.cluster = cluster;
    this.#audience = new Audience(cluster.url);
    this.#sender = new Sender({ name: 'm', url: cluster.url, channels: [BYSTANDER], perSecond: 20 });
  }

  /** Slow clients: before nginx, which ends them, and before each replica, whose time-outs are minutes. */
  get slow(): readonly SlowClients[] {
    return this.#slow;
  }

  async #watch(): Promise<void> {
    const names = this.cluster.replicas.map(({ name }) => name);
    this.#bystanders = await this.#audience.openOnEach(names, 1, BYSTANDER);
    const query = new URLSearchParams(['messages', ...CHANNELS].map((name) => ['channel', name])).toString();
    this.#readers = await openReaders(this.cluster.url, query, '/', NAMES);
    await this.#streamsOfWatchers();
    this.#sender.resume();
    // Last, since their time runs.
    const atReplicas = this.cluster.replicas.map(({ url }) => new SlowClients(url, SLOW_AT_REPLICA));
    this.#slow = [new SlowClients(this.cluster.url, SLOW_AT_NGINX), ...atReplicas];
    await Promise.all(this.#slow.map((clients) => clients.begun()));
  }

  /** How many events each reader has seen. */
  mark(): readonly number[] {
    return this.#readers.map(({ seen }) => seen.length);
  }

  /** Expects that since `mark` these events and nothing else have come to all readers. */
  async expectOnly(mark: readonly number[], expected: readonly object[]): Promise<void> {
    const id = await publish(this.cluster.url, { message: 'next' });
    await until('all readers have the next message', () => this.#readers.every(({ seen }) => seen.at(-1)?.id === id));
    const all = [...expected, { id, event: 'message', data: 'next' }];
    for (const [index, { name, seen }] of this.#readers.entries()) expect(seen.slice(mark[index]), name).toEqual(all);
  }

  /** Expects that bystanders have had their own messages and nothing else, and replicas nothing to complain of. */
  async expectUnnoticed(): Promise<void> {
    this.#sender.pause();
    await until('the last message is acknowledged', () => this.#sender.open === 0);
    expect(this.#sender.failures).toEqual([]);
    const ids = this.#sender.sent.map(({ outcome }) =>
      outcome.status === 'acknowledged' ? outcome.id : outcome.status,
    );
    expect(ids.length).toBeGreaterThan(0);
    await expectAll(
      this.#bystanders,
      ids.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
    );
    for (const stream of this.#bystanders) {
      expect(servedBy(stream)).toHaveLength(1);
      expect(stream.named.map(({ event }) => event)).toEqual(['fanfare:open']);
    }
    for (const { process, url } of this.cluster.replicas) {
      expect(process.logged.filter(({ level }) => Number(level) >= 40)).toEqual([]);
      expect(process.stderr).toBe('');
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    }
    await this.#streamsOfWatchers();
  }

  async stop(): Promise<void> {
    for (const clients of this.#slow) clients.close();
    this.#sender.close();
    this.#audience.close();
    await Promise.all(this.#readers.map((reader) => reader.close()));
    await this.cluster.stop();
    await this.#redis.end();
  }

  /** Resolves when no stream is open but those of readers and bystanders. */
  async #streamsOfWatchers(): Promise<void> {
    const watching = this.#readers.length + this.#bystanders.length;
    await until(`${watching} streams are open`, async () => {
      const open = await Promise.all(this.cluster.replicas.map((replica) => metric(replica, 'fanfare_streams')));
      return open.reduce((sum, count) => sum + count, 0) === watching;
    });
  }
}
