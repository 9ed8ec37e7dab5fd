// Three replicas behind nginx, as they are deployed but for Docker: what holds for one replica holds for all of them
// together, whichever serves a client, and whichever dies.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Audience, type Cluster, expectAll, servedBy, startCluster } from './support/cluster.ts';
import { publish } from './support/publisher.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { metric } from './support/replica.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const NAMES = ['one', 'two', 'three'];

let redis: RedisServer;
let cluster: Cluster;
let audience: Audience;

/** Publishes through nginx, eight at a time, and returns the ids in the log's order. */
async function publishStorm(channel: string, count: number, each: (answered: number) => void): Promise<string[]> {
  const ids: string[] = [];
  let begun = 0;
  const publisher = async () => {
    while (begun < count) {
      begun += 1;
      ids.push(await publish(cluster.url, { channel, message: `message ${begun}` }));
      each(ids.length);
    }
  };
  await Promise.all(Array.from({ length: 8 }, publisher));
  expect(new Set(ids).size).toBe(count);
  return ids.sort(byPlace);
}

/** Orders ids as the log does. */
function byPlace(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

describeWith(['redis-server', 'nginx'], 'a cluster behind nginx', () => {
  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster({ REDIS_URL: redis.url, DRAIN_MS: '1000' });
  });

  beforeEach(() => {
    audience = new Audience(cluster.url);
  });

  afterEach(async () => {
    audience.close();
    await cluster.restore();
  });

  afterAll(async () => {
    await cluster?.stop();
    await redis?.end();
  });

  test('S6: six streams land two on each replica, and what is sent to any replica arrives once on all', async () => {
    for (let opened = 0; opened < 6; opened += 1) await audience.open('each');
    const { streams } = audience;
    expect(streams.map((stream) => servedBy(stream)[0]).sort()).toEqual(['one', 'one', 'three', 'three', 'two', 'two']);
    const ids: string[] = [];
    for (const { url } of cluster.replicas) ids.push(await publish(url, { channel: 'each', message: `to ${url}` }));
    await expectAll(streams, ids);
  });

  test('R1: streams of all replicas see concurrent messages in the same order, which is the order of their ids', async () => {
    const streams = await audience.openOnEach(NAMES, 2, 'order');
    await expectAll(streams, await publishStorm('order', 300, () => undefined));
  });

  test('P8: a replica killed in the middle of a stream of publishes fails none and doubles none', async () => {
    const [victim] = cluster.replicas;
    const streams = await audience.openOnEach(NAMES, 2, 'killed');
    const ids = await publishStorm('killed', 400, (answered) => {
      if (answered === 100) victim.process.signal('SIGKILL');
    });
    await expectAll(streams, ids);
    const sends = (await cluster.requests()).filter(({ path }) => path === '/send');
    expect(sends.filter(({ upstream }) => /[ ,]/.test(upstream))).not.toHaveLength(0);
  });

  test('R5: the streams of a killed replica come back through nginx by themselves and miss nothing', async () => {
    const [, victim] = cluster.replicas;
    const streams = await audience.openOnEach(NAMES, 2, 'orphans');
    const orphans = streams.filter((stream) => servedBy(stream)[0] === victim.name);
    const ids = [await publish(cluster.url, { channel: 'orphans', message: 'before' })];
    await expectAll(streams, ids);
    await victim.stop();
    ids.push(await publish(cluster.url, { channel: 'orphans', message: 'while they are away' }));
    await until('they are back', () => orphans.every((orphan) => servedBy(orphan).length > 1));
    ids.push(await publish(cluster.url, { channel: 'orphans', message: 'after' }));
    await expectAll(streams, ids);
    for (const orphan of orphans) {
      expect(servedBy(orphan).at(-1)).not.toBe(victim.name);
      expect(orphan.named.at(-1)?.data).toContain('"resumed":true');
    }
  });

  test('P8: a publish that a frozen replica holds is answered by another, and not doubled when that one wakes', async () => {
    const [, , frozen] = cluster.replicas;
    const streams = await audience.openOnEach(NAMES, 2, 'frozen');
    const repeated = 'fanfare_messages_published_total{result="repeated"}';
    const before = await metric(frozen, repeated);
    frozen.process.signal('SIGSTOP');
    // Dealt out in turn, so some meet the frozen replica.
    const sent = [1, 2, 3, 4, 5, 6].map((message) =>
      publish(cluster.url, { channel: 'frozen', message: `${message}` }),
    );
    const ids = await Promise.all(sent).finally(() => frozen.process.signal('SIGCONT'));
    await until('it has repeated what it held', async () => (await metric(frozen, repeated)) > before);
    await expectAll(streams, ids.sort(byPlace));
  });

  test('R9: a replica that is told to stop hands its streams to others, loses nothing and fails no publish', async () => {
    const [, , leaving] = cluster.replicas;
    const streams = await audience.openOnEach(NAMES, 2, 'drain');
    const ids = await publishStorm('drain', 400, (answered) => {
      if (answered === 50) leaving.process.signal('SIGTERM');
    });
    expect(await leaving.process.exited).toEqual({ code: 0, signal: null });
    ids.push(await publish(cluster.url, { channel: 'drain', message: 'after' }));
    await expectAll(streams, ids);
    for (const { named } of streams.filter((stream) => servedBy(stream)[0] === leaving.name)) {
      const [opening, close, again, ...more] = named;
      expect(opening?.data).toContain(leaving.name);
      expect(close).toMatchObject({ event: 'fanfare:close', data: '{"reason":"drain"}' });
      expect(again?.data).toContain('"resumed":true');
      expect(more).toEqual([]);
    }
  });
});
