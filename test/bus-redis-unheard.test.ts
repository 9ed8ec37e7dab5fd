// What a Redis that refuses pub/sub costs, and what a publish does whose answer or arrival is late: nothing is doubled or
// half-written, and everybody gets the rest.

import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { BusUnavailable } from '../src/bus/bus.ts';
import { FaultProxy } from './faults/proxy.ts';
import { isPublished } from './faults/resp.ts';
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
} from './support/buses.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

describeWith(['redis-server'], 'a Redis bus', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.end());

  test('P2, P4: a message that may not be announced is in the log whole, once, and reaches everybody', async () => {
    const prefix = uniquePrefix();
    const { bus: heard } = redisBus(redis.url, { prefix });
    const told = await startReady(heard);
    await redis.client.acl('SETUSER', 'mute', 'on', '>secret', '~*', '+@all', 'resetchannels');
    const { bus: mute } = redisBus(redis.url.replace('//', '//mute:secret@'), { prefix });
    start(mute);
    const key = { name: 'client:k', digest: 'd', ttlMs: 60_000 };
    const batch = [publication('1'), publication('2')];
    await until('Redis answers', () => !mute.unready().includes('Redis cannot be reached'));
    const { ids } = await mute.publish(batch, key);
    expect(await heard.publish(batch, key)).toEqual({ ids, repeated: true });
    await until('both are told', () => messagesOf(told).length === 2);
    expect(messagesOf(told).map(textOf)).toEqual(['1', '2']);
    expect(losses(told)).toBe(0);
  });

  test('R4: a replica that may not subscribe knows the log all the same, and follows it', async () => {
    await redis.client.acl('SETUSER', 'mute', 'on', '>secret', '~*', '+@all', 'resetchannels');
    const prefix = uniquePrefix();
    const { bus: other } = redisBus(redis.url, { prefix });
    await startReady(other);
    await publishOne(other, 'before');
    const { bus: mute } = redisBus(redis.url.replace('//', '//mute:secret@'), { prefix });
    const told = start(mute);
    await until('it knows the log', () => mute.ring.position !== undefined);
    await publishOne(other, 'after');
    await until('it is told', () => messagesOf(told).length === 1);
    expect(messagesOf(told).map(textOf)).toEqual(['after']);
    expect(mute.unready()).toContain('not subscribed to Redis pub/sub');
  });

  test('R4: without a subscription a replica follows the log itself, and says that it is not ready', async () => {
    const { bus } = redisBus(redis.url);
    const told = await startReady(bus);
    onTestFinished(async () => void (await redis.client.acl('SETUSER', 'default', 'allchannels')));
    // It ends the subscriptions that are open.
    await redis.client.acl('SETUSER', 'default', 'resetchannels');
    await until('it is not subscribed', () => bus.unready().includes('not subscribed to Redis pub/sub'));
    await publishOne(bus, '1');
    await until('it is told', () => messagesOf(told).length === 1);
    await publishOne(bus, '2');
    await until('so is the next', () => messagesOf(told).length === 2);
    expect(bus.unready()).toContain('not subscribed to Redis pub/sub');
    expect(losses(told)).toBe(0);
  });

  test('P8: one that comes to Redis long after it began adds nothing', async () => {
    const { bus } = redisBus(redis.url);
    const told = await startReady(bus);
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now - 20_000);
    const late = publishOne(bus, 'late');
    clock.mockRestore();
    await expect(late).rejects.toThrow('too late');
    await publishOne(bus, 'in time');
    await until('the next is told', () => messagesOf(told).length > 0);
    expect(messagesOf(told).map(textOf)).toEqual(['in time']);
  });

  test('P8: one that meets a clock which has been set is published all the same', async () => {
    const { bus } = redisBus(redis.url);
    await startReady(bus);
    const now = performance.now.bind(performance);
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() - 20_000);
    onTestFinished(() => clock.mockRestore());
    await publishOne(bus, 'all the same');
  });

  test('P5: one whose answer was lost is not sent again by itself', async () => {
    const proxy = await FaultProxy.start(redis.port, Math.random, { replies: true });
    onTestFinished(() => proxy.stop());
    const prefix = uniquePrefix();
    const { bus } = redisBus(redis.url, { prefix });
    const told = await startReady(bus);
    const { bus: behind } = redisBus(`redis://127.0.0.1:${proxy.port}`, { prefix });
    await startReady(behind);
    proxy.filter = (reply) => (isPublished(reply) ? 'cut' : 'pass');
    await expect(publishOne(behind, 'unknown')).rejects.toThrow(BusUnavailable);
    proxy.filter = undefined;
    await until('it is connected again', () => behind.unready().length === 0);
    await publishOne(behind, 'after');
    await until('the next is told', () => messagesOf(told).map(textOf).includes('after'));
    expect(messagesOf(told).map(textOf)).toEqual(['unknown', 'after']);
  });
});
