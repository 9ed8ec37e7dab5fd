// What happens when Redis is away, forgets or is full: publishers are told at once, and streams are told of a loss once.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { BusFull, BusUnavailable, KeyConflict } from '../src/bus/bus.ts';
import { type Id, idTime } from '../src/entry.ts';
import {
  losses,
  messagesOf,
  publication,
  publishOne,
  redisBus,
  start,
  startReady,
  textOf,
  uniquePrefix,
  wholeLog,
} from './support/buses.ts';
import { freePort, type RedisServer, startRedis } from './support/redis.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

describeWith(['redis-server'], 'a Redis bus', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.end());

  async function two(prefix = uniquePrefix()) {
    const buses = [redisBus(redis.url, { prefix }).bus, redisBus(redis.url, { prefix }).bus] as const;
    return { prefix, buses, told: await Promise.all(buses.map((bus) => startReady(bus))) };
  }

  describe('whose Redis forgets', () => {
    test('R3, R6: a restart that lost the log is one loss at every replica, and what follows arrives', async () => {
      const { buses, told } = await two();
      await publishOne(buses[0], 'before');
      await until('all have it', () => told.every((each) => messagesOf(each).length === 1));
      await redis.stop();
      await redis.start();
      await until('all are ready again', () => buses.every((bus) => bus.unready().length === 0));
      await publishOne(buses[1], 'after');
      await until('all have the next', () => told.every((each) => messagesOf(each).length === 2));
      expect(told.map(losses)).toEqual([1, 1]);
      expect(told.map((each) => messagesOf(each).map(textOf))).toEqual([
        ['before', 'after'],
        ['before', 'after'],
      ]);
    });

    test('R3: a deleted log is one loss at every replica', async () => {
      const { prefix, buses, told } = await two();
      await publishOne(buses[0], 'before');
      await until('all have it', () => told.every((each) => messagesOf(each).length === 1));
      await redis.client.del(`${prefix}:{0}:log`);
      await publishOne(buses[0], 'after');
      await until('all have the next', () => told.every((each) => messagesOf(each).length === 2));
      expect(told.map(losses)).toEqual([1, 1]);
      expect(await wholeLog(buses[0])).toMatchObject([{ kind: 'break' }, { kind: 'message' }]);
    });

    test('R3: a deleted log is noticed although nobody publishes', async () => {
      const { prefix, told } = await two();
      await redis.client.del(`${prefix}:{0}:log`);
      await until('all are told', () => told.every((each) => losses(each) === 1));
    });

    test('R6: the log of another run of Redis is one loss, even where nothing is missing from it', async () => {
      const { prefix, buses, told } = await two();
      await publishOne(buses[0], 'before');
      await redis.client.set(`${prefix}:{0}:run`, 'another');
      await publishOne(buses[0], 'after');
      await until('all have the next', () => told.every((each) => messagesOf(each).length === 2));
      expect(told.map(({ entries }) => entries.map(({ kind }) => kind))).toEqual(
        Array(2).fill(['message', 'break', 'message']),
      );
    });
  });

  test('R6: a Redis that others have replaced meanwhile is another one, although its process is the same', async () => {
    const promoted = await startRedis();
    onTestFinished(() => promoted.end());
    const { bus } = redisBus(promoted.url);
    const told = await startReady(bus);
    await publishOne(bus, 'before');
    await promoted.client.replicaof('127.0.0.1', '1');
    await promoted.client.replicaof('NO', 'ONE');
    await until('it is told', () => losses(told) === 1);
    expect(messagesOf(told).map(textOf)).toEqual(['before']);
  });

  test('R3: after a loss no id comes again, although the clock went back', async () => {
    const prefix = uniquePrefix();
    const { bus } = redisBus(redis.url, { prefix });
    await startReady(bus);
    const ahead = '9999999999999-5' as Id;
    await redis.client.xadd(
      `${prefix}:{0}:log`,
      ahead,
      'p',
      bus.ring.position as Id,
      'b',
      '0',
      'c',
      'messages',
      'd',
      'x',
    );
    await until('it is known', () => bus.ring.position === ahead);
    await redis.client.del(`${prefix}:{0}:log`);
    await until('the loss is known', () => bus.ring.position !== ahead);
    expect(idTime(bus.ring.position as Id)).toBeGreaterThan(idTime(ahead));
  });

  test('R6: a restart of a Redis that is declared durable is no loss', async () => {
    const durable = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    onTestFinished(() => durable.end());
    const { bus } = redisBus(durable.url, { durable: true });
    const told = await startReady(bus);
    await publishOne(bus, 'before');
    await durable.stop();
    await durable.start();
    await until('it is ready again', () => bus.unready().length === 0);
    await publishOne(bus, 'after');
    await until('both are told', () => messagesOf(told).length === 2);
    expect(messagesOf(told).map(textOf)).toEqual(['before', 'after']);
    expect(losses(told)).toBe(0);
    expect(await wholeLog(bus)).toHaveLength(3);
  });

  describe('whose Redis is full', () => {
    test('P7: a publish is refused, nothing is half-written, and it works again once there is room', async () => {
      const { bus } = redisBus(redis.url);
      const told = await startReady(bus);
      await publishOne(bus, 'before');
      await redis.client.config('SET', 'maxmemory', '1');
      onTestFinished(() => redis.client.config('SET', 'maxmemory', '0').then(() => undefined));
      const key = { name: 'client:k', digest: 'd', ttlMs: 60_000 };
      const batch = [publication('a'), publication('b')];
      await expect(bus.publish(batch, key)).rejects.toThrow(BusFull);
      expect(await wholeLog(bus)).toHaveLength(2);
      expect(bus.unready()).toEqual([]);
      await redis.client.config('SET', 'maxmemory', '0');
      expect(await bus.publish(batch, key)).toMatchObject({ repeated: false });
      await until('all are told', () => messagesOf(told).length === 3);
      expect(messagesOf(told).map(textOf)).toEqual(['before', 'a', 'b']);
    });

    test('P4: a key that was taken before is known, and so is its body', async () => {
      const { bus } = redisBus(redis.url);
      await startReady(bus);
      const key = { name: 'client:k', digest: 'd', ttlMs: 60_000 };
      const { ids } = await bus.publish([publication('once')], key);
      await redis.client.config('SET', 'maxmemory', '1');
      onTestFinished(() => redis.client.config('SET', 'maxmemory', '0').then(() => undefined));
      expect(await bus.publish([publication('once')], key)).toEqual({ ids, repeated: true });
      await expect(bus.publish([publication('else')], { ...key, digest: 'e' })).rejects.toThrow(KeyConflict);
    });

    test('R5: history gives way, where a smaller one leaves room', async () => {
      const prefix = uniquePrefix();
      const { bus } = redisBus(redis.url, { prefix, historyBytes: 20_000_000 });
      await startReady(bus);
      for (let count = 0; count < 80; count += 1) await publishOne(bus, 'x'.repeat(100_000));
      const used = /used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1] ?? '';
      await redis.client.config('SET', 'maxmemory', used);
      onTestFinished(() => redis.client.config('SET', 'maxmemory', '0').then(() => undefined));
      const small = redisBus(redis.url, { prefix, historyBytes: 1_000_000 }).bus;
      await startReady(small);
      await publishOne(small, 'fits');
      expect((await wholeLog(small)).length).toBeLessThan(15);
    });
  });

  describe('whose Redis is away', () => {
    test('it starts without, says why it is not ready, and becomes ready by itself', async () => {
      const port = await freePort();
      const { bus } = redisBus(`redis://127.0.0.1:${port}`);
      start(bus);
      expect(bus.unready()).toContain('Redis cannot be reached');
      expect(bus.ring.position).toBeUndefined();
      await expect(publishOne(bus, 'x')).rejects.toThrow(BusUnavailable);
      await expect(bus.read('0-0' as Id, 1)).rejects.toThrow(BusUnavailable);
      const late = await startRedis([], port);
      onTestFinished(() => late.end());
      await until('it is ready', () => bus.unready().length === 0);
      expect(bus.ring.position).toBeDefined();
    });

    test('P5: with a Redis that hangs a publish is refused, and so is readiness; both come back by themselves', async () => {
      const { bus } = redisBus(redis.url);
      const told = await startReady(bus);
      redis.pause();
      onTestFinished(() => redis.resume());
      await expect(publishOne(bus, 'unknown')).rejects.toThrow(BusUnavailable);
      await expect(bus.read('0-0' as Id, 1)).rejects.toThrow(BusUnavailable);
      await until('it is not ready', () => bus.unready().includes('nothing came through Redis pub/sub lately'));
      redis.resume();
      await until('it is ready again', () => bus.unready().length === 0);
      await publishOne(bus, 'after');
      await until('the next is told', () => messagesOf(told).map(textOf).includes('after'));
      expect(losses(told)).toBe(0);
    });

    test('P5: with a Redis that is gone a publish is refused, and nothing is queued for its return', async () => {
      const { bus } = redisBus(redis.url);
      const told = await startReady(bus);
      await redis.stop();
      await until('it is not ready', () => bus.unready().includes('Redis cannot be reached'));
      await expect(publishOne(bus, 'refused')).rejects.toThrow(BusUnavailable);
      await redis.start();
      await until('it is ready again', () => bus.unready().length === 0);
      await publishOne(bus, 'after');
      await until('the next is told', () => messagesOf(told).length > 0);
      expect(messagesOf(told).map(textOf)).toEqual(['after']);
    });
  });
});
