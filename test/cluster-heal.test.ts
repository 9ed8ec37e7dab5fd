// Places for streams over three replicas, when a replica dies or sleeps, and when Redis forgets or is away: what is open is
// not touched, what is gone is free soon, and what is there counts.

import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { Crowd, expectHeard, newcomer } from './support/crowd.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

// A lease of five seconds, which was renewed within the last half of one, and a busy machine.
const HEALED_MS = 7_000;
const SOON_MS = 3_000;

describeWith(['redis-server', 'nginx'], 'places of a cluster in which something breaks', () => {
  let redis: RedisServer;
  let cluster: Cluster;
  let crowd: Crowd;

  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster({ MAX_STREAMS_PER_ADDRESS: '4', REDIS_URL: redis.url, DRAIN_MS: '500' });
  });
  beforeEach(() => {
    crowd = new Crowd(cluster.replicas.map(({ url }) => url));
  });
  afterEach(async () => {
    crowd.leave();
    await cluster.restore();
  });
  afterAll(async () => {
    await cluster?.stop();
    await redis?.end();
  });

  /** Ends Redis with what it has not saved, and starts it again. */
  async function restartRedis(): Promise<void> {
    await redis.kill();
    await redis.start();
    await redis.forget();
    for (const { url } of cluster.replicas)
      await until('it has Redis again', async () => (await fetch(`${url}/readyz`)).ok);
  }

  test('L1: the places of a replica that is killed are free in six seconds, and those of the others are not', async () => {
    const headers = newcomer();
    const [, second, , fourth] = await crowd.fill([0, 1, 0, 1], headers);
    await cluster.replicas[0].process.stop();
    await crowd.expectFull(headers, [1, 2]);
    await crowd.untilOpen(1, headers, HEALED_MS);
    await crowd.untilOpen(2, headers, SOON_MS);
    await crowd.expectFull(headers, [1, 2]);
    await expectHeard(cluster.url, [second, fourth]);
  });

  test('L1: the places of a replica that is told to stop are free as soon as its streams have ended', async () => {
    const headers = newcomer();
    const [leaving] = cluster.replicas;
    await crowd.fill([0, 0, 0, 0], headers);
    leaving.process.signal('SIGTERM');
    for (let opened = 0; opened < 4; opened += 1) await crowd.untilOpen(1, headers, SOON_MS);
    await crowd.expectFull(headers, [1, 2]);
    expect(await leaving.process.exited).toMatchObject({ code: 0 });
  });

  test('L1: a replica that slept for longer than its lease counts again when it wakes', async () => {
    const headers = newcomer();
    const [sleeping] = cluster.replicas;
    const streams = await crowd.fill([0, 0, 0, 0], headers);
    sleeping.process.signal('SIGSTOP');
    onTestFinished(() => sleeping.process.signal('SIGCONT'));
    await crowd.untilOpen(1, headers, HEALED_MS);
    await crowd.fill([2], headers);
    sleeping.process.signal('SIGCONT');
    await crowd.untilFull(1, headers, SOON_MS);
    await crowd.expectFull(headers);
    await expectHeard(cluster.url, streams);
  });

  test('L1: a Redis that has been emptied is told again', async () => {
    const headers = newcomer();
    await crowd.fill([0, 1, 1, 0], headers);
    await redis.client.flushall();
    await crowd.untilFull(2, headers, SOON_MS);
    await crowd.expectFull(headers);
  });

  test('L1: a Redis that begins anew is told again', async () => {
    const headers = newcomer();
    const streams = await crowd.fill([0, 1, 1, 0], headers);
    await restartRedis();
    await crowd.untilFull(2, headers, SOON_MS);
    await crowd.expectFull(headers);
    await expectHeard(cluster.url, streams);
  });

  test('L1: a Redis that comes back with what it knew some time ago learns who has come since', async () => {
    const headers = newcomer();
    await crowd.fill([0], headers);
    await redis.client.save();
    await crowd.fill([1, 1, 0], headers);
    await restartRedis();
    await crowd.untilFull(2, headers, SOON_MS);
    await crowd.expectFull(headers);
  });

  test('L1: a Redis that comes back with what it knew some time ago learns who has left since', async () => {
    const headers = newcomer();
    const streams = await crowd.fill([1, 1, 2, 2], headers);
    await redis.client.save();
    for (const stream of streams) stream.close();
    const left = () => redis.client.keys('*:streams:*');
    await until('all places are free', async () => (await left()).length === 0);
    await restartRedis();
    for (let opened = 0; opened < 4; opened += 1) await crowd.untilOpen(0, headers, SOON_MS);
    await crowd.expectFull(headers);
  });

  test('L6: while Redis is away each replica holds the limit by itself, and all together as soon as it is back', async () => {
    const headers = newcomer();
    const streams = await crowd.fill([0, 1], headers);
    await redis.stop();
    for (const { url } of cluster.replicas)
      await until('it knows that Redis is away', async () => !(await fetch(`${url}/readyz`)).ok);
    const more = await crowd.fill([0, 0, 0, 1, 1, 1, 2], headers);
    await crowd.expectFull(headers, [0, 1]);
    await redis.start();
    const leases = () => redis.client.keys('*:replica:*');
    await until('all replicas are known again', async () => (await leases()).length === 3, SOON_MS);
    await crowd.untilFull(2, headers, SOON_MS);
    // Nine are more than there may be; with three of them there is room for one.
    for (const stream of more.slice(0, 6)) stream.close();
    await crowd.untilOpen(2, headers, SOON_MS);
    await crowd.expectFull(headers);
    await expectHeard(cluster.url, [...streams, more[6]]);
  });
});
