// A process whose Redis comes and goes: it stays, says why it is not ready, and queues nothing.

import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { postForm, problemDetail, publish } from './support/publisher.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { metric, ReplicaProcess } from './support/replica.ts';
import { Subscriber } from './support/subscriber.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const WARNING = 40;

describeWith(['redis-server'], 'A process and its Redis', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function run(redis: RedisServer): Promise<ReplicaProcess> {
    const replica = new ReplicaProcess({ REDIS_URL: redis.url });
    ends.push(() => replica.stop());
    return replica;
  }
  async function redisServer(): Promise<RedisServer> {
    const redis = await startRedis();
    ends.push(() => redis.end());
    return redis;
  }
  const ready = (url: string) =>
    until('the replica is ready', async () => (await fetch(`${url}/readyz`)).status === 200);
  const unready = (url: string) =>
    until('the replica is not ready', async () => (await fetch(`${url}/readyz`)).status === 503);

  test('P5: without Redis at its start it stays up, says so, and becomes ready when Redis comes', async () => {
    const redis = await redisServer();
    await redis.stop();
    const replica = await run(redis);
    const { url, metricsUrl } = await replica.addresses();
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(503);
    const { reasons } = (await answer.json()) as { reasons: string[] };
    expect(reasons).toContain('Redis cannot be reached');
    expect((await fetch(`${url}/stream`)).status).toBe(503);

    const sent = performance.now();
    const refused = await postForm(url, 'message=lost');
    expect(performance.now() - sent).toBeLessThan(2_000);
    expect(problemDetail(refused, 503)).toContain('Idempotency-Key');
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    await hangUpOn(redis.port, 8);

    await redis.start();
    await ready(url);
    const subscriber = await Subscriber.open(url, { query: 'lastEventId=earliest' });
    ends.push(async () => subscriber.close());
    const id = await publish(url, { message: 'm' });
    // Nothing was queued meanwhile: the refused message is not there.
    expect((await subscriber.take(2)).at(-1)).toEqual({ id, event: 'message', data: 'm' });
    expect(await metric({ metricsUrl }, 'fanfare_ready')).toBe(1);

    // However often it tried, one warning for each connection, and one for publishes.
    const warned = replica.logged.filter(({ level }) => level === WARNING).map(({ role, msg }) => [role, msg]);
    const away = 'no connection to Redis: trying again until there is one';
    expect(warned.toSorted()).toEqual([
      [undefined, 'publishes were not acknowledged'],
      ['commands', away],
      ['subscription', away],
    ]);
    expect(replica.running).toBe(true);
    expect(replica.stderr).toBe('');
  });

  test('P5: while Redis is away publishes are refused, streams stay, and all comes back by itself', async () => {
    const redis = await redisServer();
    const replica = await run(redis);
    const { url } = await replica.addresses();
    await ready(url);
    const subscriber = await Subscriber.open(url);
    ends.push(async () => subscriber.close());
    const { id: cursor } = await subscriber.next();
    await redis.stop();
    await unready(url);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect(problemDetail(await postForm(url, 'message=lost'), 503)).toContain('Idempotency-Key');
    // A stream is served from memory meanwhile.
    const meanwhile = await Subscriber.open(url, { query: `lastEventId=${cursor}` });
    ends.push(async () => meanwhile.close());
    expect(JSON.parse((await meanwhile.next()).data)).toMatchObject({ resumed: true });

    await redis.start();
    await ready(url);
    const id = await publish(url, { message: 'after' });
    for (const stream of [subscriber, meanwhile]) {
      const [reset, message] = await stream.take(2);
      expect(reset).toMatchObject({ event: 'fanfare:reset' });
      expect(JSON.parse(reset?.data ?? '')).toEqual({ reason: 'lost', requested: null });
      expect(message).toEqual({ id, event: 'message', data: 'after' });
    }
  });

  test('P5: a Redis that hangs is answered for within 2 s, and shows in readiness', async () => {
    const redis = await redisServer();
    const { url } = await (await run(redis)).addresses();
    await ready(url);
    redis.pause();
    const sent = performance.now();
    const refused = await postForm(url, 'message=unknown');
    expect(performance.now() - sent).toBeLessThan(2_500);
    expect(problemDetail(refused, 503)).toContain('may or may not');
    await unready(url);
    redis.resume();
    await ready(url);
    await publish(url, { message: 'after' });
  });

  test('R9: SIGTERM while Redis is away exits with 0', async () => {
    const redis = await redisServer();
    const replica = await run(redis);
    const { url } = await replica.addresses();
    await ready(url);
    await redis.stop();
    await unready(url);
    replica.signal('SIGTERM');
    expect(await replica.exited).toEqual({ code: 0, signal: null });
  });
});

/** Listens where Redis should be, and hangs up on everybody `times` times. */
async function hangUpOn(port: number, times: number): Promise<void> {
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    socket.destroy();
  });
  server.listen(port, '127.0.0.1');
  try {
    await until(`${times} attempts to connect`, () => count >= times);
  } finally {
    server.close();
  }
}
