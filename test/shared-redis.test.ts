// What replicas share over a real Redis: the suite, and what happens to it when a replica or Redis dies or is away.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ChannelCounts } from '../src/channel-counts.ts';
import { createLogger } from '../src/log.ts';
import { RedisShared } from '../src/shared/redis.ts';
import type { Admission, Kick } from '../src/shared/shared.ts';
import { member, type SharedEnd, sharedSuite } from './shared.suite.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const place = (limit: number): Admission => ({ rates: [], places: [{ key: 'p', limit }] });

describeWith(['redis-server'], 'shared over Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.end());

  interface RedisEnd extends SharedEnd {
    readonly shared: RedisShared;
    readonly redis: Redis;
    readonly counts: ChannelCounts;
  }

  async function end(prefix: string): Promise<RedisEnd> {
    const redis = new Redis(server.url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => 20,
    });
    redis.on('error', () => undefined);
    await once(redis, 'ready');
    const shared = new RedisShared(redis, { prefix, placeMs: 60_000, kickMs: 60_000 }, createLogger('silent', 'one'));
    const kicks: Kick[] = [];
    const self = member(randomUUID(), kicks);
    shared.start(self);
    onTestFinished(async () => {
      await shared.close();
      redis.disconnect();
    });
    await until('it is known who was kicked', () => shared.known);
    return { shared, kicks, redis, counts: self.channels };
  }
  async function two(): Promise<readonly [RedisEnd, RedisEnd]> {
    const prefix = randomUUID();
    return [await end(prefix), await end(prefix)];
  }
  const full = async ({ shared }: SharedEnd, limit: number) => (await shared.admit(place(limit))) !== undefined;
  /** As `full`, without keeping the place where there was one. */
  async function stillFull(each: SharedEnd, limit: number): Promise<boolean> {
    const refused = await full(each, limit);
    if (!refused) each.shared.leave(['p']);
    return refused;
  }

  sharedSuite(two);

  test('H6: many channels are read in pieces, and each is counted once for each replica', async () => {
    const [a, b] = await two();
    const names = Array.from({ length: 7_000 }, (_, index) => `c${index}`).sort();
    for (const { counts } of [a, b]) counts.add(names);
    const all = { may: () => true, next: () => undefined };
    const counted = async () => (await a.shared.channels()).page('', 10_000, all).channels;
    const expected = names.map((name) => ({ name, subscribers: 2 }));
    await until('all are counted', async () => isDeepStrictEqual(await counted(), expected));
    const stats = await server.client.info('commandstats');
    expect(Number(/^cmdstat_hscan:calls=(\d+)/m.exec(stats)?.[1])).toBeGreaterThan(6);
    b.counts.remove(names.slice(1));
    await until('those that are left are counted no more', async () => {
      const [first, second] = await counted();
      return first?.subscribers === 2 && second?.subscribers === 1;
    });
  });

  test('L1: the places of a replica that died are free when its lease has run out, and others keep theirs', async () => {
    const [dying, other] = await two();
    for (const each of [dying, dying, other]) expect(await each.shared.admit(place(3))).toBeUndefined();
    // It says nothing any more, as when the process was killed.
    dying.redis.disconnect();
    expect(await full(other, 3)).toBe(true);
    await until('both places are free', async () => !(await full(other, 3)) && !(await full(other, 3)));
    expect(await full(other, 3)).toBe(true);
  });

  test('L1: the places of a replica that leaves are free at once', async () => {
    const [leaving, other] = await two();
    expect(await leaving.shared.admit(place(1))).toBeUndefined();
    await leaving.shared.close();
    expect(await full(other, 1)).toBe(false);
  });

  test('L1: a Redis that has forgotten everything is told again who holds what', async () => {
    const [a, b] = await two();
    for (const each of [a, a, b]) expect(await each.shared.admit(place(3))).toBeUndefined();
    await server.client.flushall();
    for (const each of [a, b]) await until('the places are known again', () => stillFull(each, 3));
    for (const each of [a, b]) expect(await full(each, 3)).toBe(true);
  });

  test('L6: while Redis is away each replica holds the limit by itself, and all together when it is back', async () => {
    const prefix = randomUUID();
    const [a, b] = [await end(prefix), await end(prefix)];
    expect(await a.shared.admit(place(2))).toBeUndefined();
    await server.kill();
    await until('its connection is lost', () => a.redis.status !== 'ready' && b.redis.status !== 'ready');
    for (const each of [a, b, b]) expect(await each.shared.admit(place(2))).toBeUndefined();
    for (const each of [a, b]) expect(await full(each, 2)).toBe(true);
    const rates = [{ key: 'r', perSecond: 1 }];
    expect(await a.shared.admit({ rates, places: [] })).toBeUndefined();
    expect(await a.shared.admit({ rates, places: [] })).toMatchObject({ key: 'r' });
    await server.start();
    // Four are held of what is now a limit of five.
    const third = await end(prefix);
    await until('all of them count again', () => stillFull(third, 4));
    expect(await full(third, 5)).toBe(false);
    expect(await full(third, 5)).toBe(true);
  });

  test('L6: who came and went while Redis was away is forgotten, however many they were', async () => {
    const { shared, redis } = await end(randomUUID());
    await server.kill();
    await until('its connection is lost', () => redis.status !== 'ready');
    for (let index = 0; index < 2_000; index += 1) {
      const key = `p${index}`;
      await shared.admit({ rates: [], places: [{ key, limit: 1 }] });
      shared.leave([key]);
    }
    await server.start();
    await until('Redis knows of who is there now', async () => {
      await shared.admit(place(1_000_000));
      return (await server.client.keys('*:streams:p')).length === 1;
    });
    expect(await server.client.info('commandstats')).not.toContain('cmdstat_hdel');
  });

  test('L3: a rate of many millions a second is still kept by all together', async () => {
    const { shared } = await end(randomUUID());
    await server.client.config('RESETSTAT');
    const rates = [{ key: 'r', perSecond: 100_000_000 }];
    expect(await shared.admit({ rates, places: [] })).toBeUndefined();
    expect(await server.client.info('errorstats')).not.toContain('errorstat_');
  });

  test('L3: a rate of before the clock of Redis was set back recovers within a second, and is kept then', async () => {
    const prefix = randomUUID();
    const { shared } = await end(prefix);
    const take = () => shared.admit({ rates: [{ key: 'r', perSecond: 2 }], places: [] });
    await server.client.set(`${prefix}:{0}:rate:r`, String((Date.now() + 3_600_000) * 1_000), 'PX', 3_600_000);
    expect((await take())?.waitMs).toBeLessThanOrEqual(500);
    await until('it passes again', async () => (await take()) === undefined, 5_000);
    expect(await take()).toMatchObject({ key: 'r' });
  });

  test('A6: a Redis that has forgotten who was kicked is told by those who know, and all hear of later kicks', async () => {
    const prefix = randomUUID();
    const [a, b] = [await end(prefix), await end(prefix)];
    // As a Redis whose clock runs ahead would have it.
    await server.client.zadd(`${prefix}:{0}:kicked`, Date.now() + 600_000, 'early');
    for (const { kicks } of [a, b])
      await until('both are told', () => kicks.some(({ subject }) => subject === 'early'));
    await server.client.flushall();
    await a.shared.kick('eve').catch(() => undefined);
    await until('the other is told too', () => b.kicks.some(({ subject }) => subject === 'eve'));
    const later = await end(prefix);
    for (const name of ['early', 'eve'])
      await until('who comes later is told of both', () => later.kicks.some(({ subject }) => subject === name));
  });

  /** As a Redis would have it whose clock was ahead by so much. */
  async function kickedAhead(prefix: string, subject: string, aheadMs: number): Promise<void> {
    const at = Date.now() + aheadMs;
    await server.client.hset(`${prefix}:{0}:kicked-at`, subject, at);
    await server.client.zadd(`${prefix}:{0}:kicked`, at, subject);
  }
  const told = ({ kicks }: SharedEnd, subject: string) => kicks.filter((kick) => kick.subject === subject);

  test('A6: a kick while the clock of Redis is ahead puts out nobody who is kicked later, and each is told once', async () => {
    const prefix = randomUUID();
    const [a, b] = [await end(prefix), await end(prefix)];
    await kickedAhead(prefix, 'early', 3_600_000);
    for (const each of [a, b]) await until('both are told', () => told(each, 'early').length > 0);
    const before = Date.now();
    for (const name of ['eve', 'ben', 'last']) await a.shared.kick(name);
    await until('the other is told', () => told(b, 'last').length > 0);
    for (const name of ['eve', 'ben']) {
      const [kick, ...more] = told(b, name);
      expect(Math.abs((kick?.at ?? 0) - before)).toBeLessThan(60_000);
      expect(more).toEqual([]);
    }
    const later = await end(prefix);
    await until('who comes later is told', () => told(later, 'last').length > 0);
    expect(told(later, 'eve')).toEqual(told(b, 'eve'));
  });

  test('A6: where the order of kicks has begun anew, all hear of those that come then', async () => {
    const prefix = randomUUID();
    const [a, b] = [await end(prefix), await end(prefix)];
    await kickedAhead(prefix, 'early', 3_600_000);
    for (const each of [a, b]) await until('both are told', () => told(each, 'early').length > 0);
    await server.client.del(`${prefix}:{0}:kicked`, `${prefix}:{0}:kicked-at`);
    await a.shared.kick('eve');
    await until('the other is told', () => told(b, 'eve').length > 0);
  });

  test('A6: no time of a kick is kept longer than the kick', async () => {
    const prefix = randomUUID();
    await kickedAhead(prefix, 'old', -61_000);
    await kickedAhead(prefix, 'new', -1_000);
    const { kicks } = await end(prefix);
    expect(kicks.map(({ subject }) => subject)).toEqual(['new']);
    expect(await server.client.zrange(`${prefix}:{0}:kicked`, '0', '-1')).toEqual(['new']);
    expect(await server.client.hkeys(`${prefix}:{0}:kicked-at`)).toEqual(['new']);
  });

  test('A3: what a thousand tickets of one token stand for is kept once, and for as long as the last of them', async () => {
    const prefix = randomUUID();
    const { shared } = await end(prefix);
    const rights = 'x'.repeat(32_768);
    const names = Array.from({ length: 1_000 }, (_, index) => `t${index}`);
    for (const name of names) await shared.putTicket(name, rights, 30_000);
    const sizes = (await server.client.keys(`${prefix}:*`)).map((key) => server.client.call('MEMORY', 'USAGE', key));
    const bytes = (await Promise.all(sizes)).reduce<number>((sum, each) => sum + Number(each), 0);
    expect(bytes).toBeLessThan(500_000);
    for (const name of names) expect(await shared.takeTicket(name)).toBe(rights);
    const [kept, ...more] = await server.client.keys(`${prefix}:{0}:rights:*`);
    expect(more).toEqual([]);
    expect(await server.client.pttl(kept as string)).toBeGreaterThan(30_000);
  });

  test('L1: nothing is left in Redis of what was given back', async () => {
    const prefix = randomUUID();
    const { shared } = await end(prefix);
    for (let index = 0; index < 1_200; index += 1)
      await shared.admit({ rates: [], places: [{ key: `p${index}`, limit: 1 }] });
    expect(await server.client.keys(`${prefix}:{0}:streams:*`)).toHaveLength(1_200);
    shared.leave(Array.from({ length: 1_200 }, (_, index) => `p${index}`));
    await until('they are gone', async () => (await server.client.keys(`${prefix}:{0}:streams:*`)).length === 0);
  });
});
