// The bus over Redis keeps the contract of a bus, and replicas and clusters that share a Redis get what is theirs.

import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RedisLog } from '../src/bus/redis-log.ts';
import type { Entry } from '../src/entry.ts';
import type { Ring } from '../src/ring.ts';
import { busSuite } from './bus.suite.ts';
import { ratesSuite } from './bus-rates.suite.ts';
import { trimSuite } from './bus-trim.suite.ts';
import {
  losses,
  messagesOf,
  publication,
  publishOne,
  redisBus,
  startReady,
  textOf,
  uniquePrefix,
  wholeLog,
} from './support/buses.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

describeWith(['redis-server'], 'the Redis bus', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.end());

  busSuite((bounds) => redisBus(redis.url, bounds).bus);
  trimSuite((bounds) => redisBus(redis.url, bounds).bus);
  ratesSuite(() => redisBus(redis.url).bus);

  describe('clusters that share a Redis', () => {
    test('they do not hear each other across prefixes', async () => {
      await expectApart(redis.url, uniquePrefix(), redis.url, uniquePrefix());
    });

    test('they do not hear each other across databases, which PUBLISH ignores', async () => {
      const prefix = uniquePrefix();
      await expectApart(`${redis.url}/1`, prefix, `${redis.url}/2`, prefix);
    });

    test('every key begins with the prefix', async () => {
      const prefix = uniquePrefix();
      const { bus } = redisBus(redis.url, { prefix });
      await startReady(bus);
      const before = new Set(await redis.client.keys('*'));
      expect([...before].filter((key) => key.startsWith(`${prefix}:`))).toHaveLength(2);
      await bus.publish([publication('x')], { name: 'client:k', digest: 'd', ttlMs: 60_000 });
      const added = (await redis.client.keys('*')).filter((key) => !before.has(key));
      expect(added).toEqual([expect.stringMatching(`^${prefix}:.*client:k$`)]);
      expect(await redis.client.pttl(added[0] as string)).toBeGreaterThan(0);
    });
  });

  describe('replicas of one cluster', () => {
    test('S6, R1: what many publish at once stands in every ring in the same order', async () => {
      const prefix = uniquePrefix();
      const buses = [1, 2, 3].map(() => redisBus(redis.url, { prefix }).bus);
      const told = await Promise.all(buses.map((bus) => startReady(bus)));
      await Promise.all(
        buses.flatMap((bus, index) => Array.from({ length: 50 }, (_, n) => publishOne(bus, `${index}.${n}`))),
      );
      await until('all have heard all', () => told.every(({ entries }) => entries.length === 150));
      const log = await wholeLog(buses[0] as (typeof buses)[0]);
      for (const { ring } of buses) expect(entriesOf(ring)).toEqual(log);
      expect(told.map(({ gaps }) => gaps)).toEqual([[], [], []]);
    });

    test('R2: one that starts later knows the log before it is ready, and is told only what comes after', async () => {
      const prefix = uniquePrefix();
      const first = redisBus(redis.url, { prefix }).bus;
      await startReady(first);
      await first.publish(Array.from({ length: 2_500 }, (_, index) => publication(`${index}`)));
      const late = redisBus(redis.url, { prefix, ring: { entries: 2_200, bytes: 5_000_000 } }).bus;
      const told = await startReady(late);
      expect(entriesOf(late.ring)).toEqual((await wholeLog(first)).slice(-2_200));
      expect(told.entries).toEqual([]);
      await publishOne(first, 'after');
      await until('the next is told', () => messagesOf(told).map(textOf).includes('after'));
      expect(told.entries).toHaveLength(1);
    });

    test('P4: a key counts at every replica', async () => {
      const prefix = uniquePrefix();
      const buses = [1, 2].map(() => redisBus(redis.url, { prefix }).bus);
      await Promise.all(buses.map((bus) => startReady(bus)));
      const key = { name: 'client:k', digest: 'd', ttlMs: 60_000 };
      const [one, other] = await Promise.all(buses.map((bus) => bus.publish([publication('x')], key)));
      expect(one?.ids).toEqual(other?.ids);
    });
  });

  describe('what pub/sub loses', () => {
    test('R4: a message whose frame never came is filled from the log, though nothing follows it', async () => {
      const prefix = uniquePrefix();
      const { bus, repairs } = redisBus(redis.url, { prefix });
      const told = await startReady(bus);
      await publishSilently(redis.client, prefix, ['a', 'b']);
      await until('both are told', () => messagesOf(told).length === 2);
      expect(messagesOf(told).map(textOf)).toEqual(['a', 'b']);
      expect([repairs, losses(told)]).toEqual([['tip'], 0]);
    });

    test('R4: a frame after a missing one brings the missing one first', async () => {
      const prefix = uniquePrefix();
      const { bus } = redisBus(redis.url, { prefix });
      const told = await startReady(bus);
      await publishSilently(redis.client, prefix, ['a']);
      await publishOne(bus, 'b');
      await until('both are told', () => messagesOf(told).length === 2);
      expect(messagesOf(told).map(textOf)).toEqual(['a', 'b']);
      expect(losses(told)).toBe(0);
    });

    test('R4, R5: a subscription cut again and again while messages come loses and doubles none', async () => {
      const prefix = uniquePrefix();
      const { bus, repairs } = redisBus(redis.url, { prefix });
      const publisher = redisBus(redis.url, { prefix }).bus;
      const [told] = [await startReady(bus), await startReady(publisher)];
      for (let count = 0; count < 300; count += 1) {
        await publishOne(publisher, `${count}`);
        if (count % 50 === 25) await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      }
      await until('all are told', () => messagesOf(told).length >= 300);
      expect(messagesOf(told).map(textOf)).toEqual(Array.from({ length: 300 }, (_, index) => `${index}`));
      expect(losses(told)).toBe(0);
      expect(repairs).not.toEqual([]);
    });

    test('R4: what came while the subscription was away is read as soon as it is back', async () => {
      const prefix = uniquePrefix();
      const { bus, repairs } = redisBus(redis.url, { prefix });
      const told = await startReady(bus);
      // Redis carries out both before a new connection can come.
      const cut = redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await Promise.all([cut, publishSilently(redis.client, prefix, ['a'])]);
      await until('it is told', () => messagesOf(told).length === 1);
      expect([repairs, losses(told)]).toEqual([['reconnect'], 0]);
    });

    test('R4: scripts that Redis forgot are sent again', async () => {
      const { bus } = redisBus(redis.url);
      await startReady(bus);
      await publishOne(bus, 'a');
      await redis.client.script('FLUSH');
      await publishOne(bus, 'b');
      expect(await wholeLog(bus)).toHaveLength(3);
    });
  });
});

async function expectApart(url: string, prefix: string, otherUrl: string, otherPrefix: string): Promise<void> {
  const one = redisBus(url, { prefix }).bus;
  const other = redisBus(otherUrl, { prefix: otherPrefix }).bus;
  const told = [await startReady(one), await startReady(other)];
  await publishOne(one, 'one');
  await publishOne(other, 'other');
  await until('each has its own', () => told.every(({ entries }) => entries.length > 0));
  expect(told.map((each) => messagesOf(each).map(textOf))).toEqual([['one'], ['other']]);
  expect([await wholeLog(one), await wholeLog(other)]).toMatchObject([{ length: 2 }, { length: 2 }]);
}

/** Appends messages to a cluster's log, whose frames go where nobody listens. */
async function publishSilently(client: Redis, prefix: string, texts: readonly string[]): Promise<void> {
  const options = { prefix, database: 9, historySize: 10_000, historyBytes: 10_000_000, durable: false };
  await new RedisLog(client, options, () => undefined).append(texts.map((text) => publication(text)));
}

function entriesOf(ring: Ring): readonly Entry[] {
  return Array.from({ length: ring.size }, (_, index) => ring.at(ring.end - ring.size + index) as Entry);
}
