// The lease of the intake, and the fence that it puts before the log: whoever has lost it adds nothing, however late what it
// sent arrives; and when a replica believes that its subscription works.

import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { LeaseLost } from '../src/bus/publish-reply.ts';
import { RedisLog } from '../src/bus/redis-log.ts';
import { decodeMark, Lease } from '../src/flask/lease.ts';
import { MarkProof } from '../src/flask/mark-proof.ts';
import { NOWHERE, type Position } from '../src/flask/position.ts';
import { publication, uniquePrefix } from './support/buses.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const at = (mark: number, count: number): Position => ({ mark, counts: new Map([['sse', count]]) });

describeWith(['redis-server'], 'the lease of the intake', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.end());

  /** One replica's connection, lease and log. */
  function replica(prefix: string) {
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    const options = { prefix, database: 0, historySize: 100, historyBytes: 10_000, durable: false };
    const log = new RedisLog(client, options, () => undefined);
    const lease = new Lease(client, prefix, 0);
    const append = (position: Position, fence = lease.fence(position)) => log.append([publication('x')], fence);
    return { lease, append, appended: async () => Number(await client.xlen(`${prefix}:{0}:log`)) - 1 };
  }
  function two() {
    const prefix = uniquePrefix();
    return { prefix, a: replica(prefix), b: replica(prefix) };
  }

  test('F4: one has it, and notes with each append how far it is; who follows is told', async () => {
    const { prefix, a, b } = two();
    const first = await a.lease.acquire(false);
    expect(first).toMatchObject({ held: true, mark: 1, taken: NOWHERE });
    await a.append(at(1, 1));
    expect(await b.lease.acquire(false)).toMatchObject({ held: false, taken: at(1, 1), epoch: first.epoch });
    expect([a.lease.held, b.lease.held]).toEqual([true, false]);
    await redis.client.del(`${prefix}:{0}:flask:lease`);
    expect(await b.lease.acquire(false)).toMatchObject({ held: true, mark: 2, taken: at(1, 1) });
  });

  test('F4: an append of who had it before adds nothing, and does not say how far it is', async () => {
    const { prefix, a, b } = two();
    await a.lease.acquire(false);
    await a.append(at(1, 1));
    await redis.client.del(`${prefix}:{0}:flask:lease`);
    await expect(a.append(at(1, 2))).rejects.toThrow(LeaseLost);
    await b.lease.acquire(false);
    await expect(a.append(at(1, 2))).rejects.toThrow(LeaseLost);
    expect(await a.lease.renew(at(1, 2), false)).toMatchObject({ held: false, taken: at(1, 1) });
    expect([a.lease.held, await a.appended()]).toEqual([false, 1]);
  });

  test('F4: what was sent before the lease was asked for again adds nothing when it arrives after that', async () => {
    const { a } = two();
    await a.lease.acquire(false);
    const late = a.lease.fence(at(1, 1));
    a.lease.doubt();
    expect(await a.lease.acquire(false)).toMatchObject({ held: true });
    await expect(a.append(at(1, 1), late)).rejects.toThrow(LeaseLost);
    await a.append(at(1, 1));
    expect(await a.appended()).toBe(1);
  });

  test('F4: it runs out by itself within two seconds of the last renewal', async () => {
    const { prefix, a, b } = two();
    await a.lease.acquire(false);
    const left = await redis.client.pttl(`${prefix}:{0}:flask:lease`);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(2_000);
    await until('another has it', async () => (await b.lease.acquire(false)).held);
  });

  test('F4: only from who yields it can be taken over, and only by who could follow', async () => {
    const { a, b } = two();
    await a.lease.acquire(false);
    expect((await b.lease.acquire(true)).held).toBe(false);
    await a.lease.renew(at(1, 3), true);
    expect((await b.lease.acquire(false)).held).toBe(false);
    expect((await a.append(at(1, 4))).ids).toHaveLength(1);
    expect(await b.lease.acquire(true)).toMatchObject({ held: true, taken: at(1, 4) });
    expect((await a.lease.acquire(true)).held).toBe(false);
    await expect(a.append(at(1, 5), { ...b.lease.fence(at(1, 5)), token: 'a:1' })).rejects.toThrow(LeaseLost);
  });

  test('F4: who gives it back says how far it is', async () => {
    const { a, b } = two();
    await a.lease.acquire(false);
    await a.lease.release(at(1, 7));
    expect(a.lease.held).toBe(false);
    expect(await b.lease.acquire(false)).toMatchObject({ held: true, taken: at(1, 7) });
  });

  test('F4: each step publishes a mark, which says how far messages were taken and whether the lease can be had', async () => {
    const { a, b } = two();
    const listener = new Redis(redis.url);
    onTestFinished(() => listener.disconnect());
    const marks: object[] = [];
    listener.on('messageBuffer', (_channel: Buffer, bytes: Buffer) => marks.push(decodeMark(bytes) as object));
    await listener.subscribe(a.lease.channel);
    const { epoch } = await a.lease.acquire(false);
    await a.lease.renew(at(1, 2), false);
    await b.lease.acquire(true);
    await a.lease.renew(at(2, 1), true);
    await b.lease.acquire(true);
    await b.lease.release(at(3, 4));
    await until('all have come', () => marks.length === 5);
    expect(marks).toEqual([
      { epoch, mark: 1, free: false, taken: NOWHERE },
      { epoch, mark: 2, free: false, taken: at(1, 2) },
      { epoch, mark: 3, free: true, taken: at(2, 1) },
      { epoch, mark: 4, free: false, taken: at(2, 1) },
      { epoch, mark: 5, free: true, taken: at(3, 4) },
    ]);
  });

  test('F5: a Redis that was restored knows the token and not what was done under it: nothing of before counts', async () => {
    const { prefix, a } = two();
    const before = await a.lease.acquire(false);
    // As the state of another run says.
    await redis.client.hset(`${prefix}:{0}:flask`, 'server', 'another');
    await expect(a.append(at(1, 1))).rejects.toThrow(LeaseLost);
    expect(await a.lease.renew(at(1, 1), false)).toMatchObject({ held: false, mark: 0, taken: NOWHERE });
    const again = await a.lease.acquire(false);
    expect(again).toMatchObject({ held: true, mark: 1, taken: NOWHERE });
    expect(again.epoch > before.epoch).toBe(true);
  });
});

describe('the proof of marks', () => {
  const mark = (number: number, epoch = 'e') => ({ epoch, mark: number, free: false, taken: NOWHERE });
  const found = (number: number, epoch = 'e') => ({ ...mark(number, epoch), held: false });

  test('F6: a mark proves the path for a while', () => {
    const proof = new MarkProof();
    expect(proof.fresh(0)).toBe(false);
    proof.heard(mark(1), 1_000);
    expect([proof.fresh(1_000), proof.fresh(4_000), proof.fresh(5_000)]).toEqual([true, true, false]);
  });

  test('F5: a mark that Redis has told of and that does not come is missed for long before the path is deaf', () => {
    const proof = new MarkProof();
    proof.told(found(1), 1_000);
    proof.told(found(5), 3_000);
    expect([proof.deaf(3_400), proof.deaf(3_600)]).toEqual([false, true]);
    proof.heard(mark(1), 3_600);
    expect(proof.deaf(9_000)).toBe(false);
    proof.told(found(1), 9_000);
    expect(proof.deaf(99_000)).toBe(false);
    proof.told(found(2), 99_000);
    proof.resubscribed();
    expect(proof.deaf(999_000)).toBe(false);
  });

  test('F5: of an epoch that is over no mark is awaited', () => {
    const proof = new MarkProof();
    proof.told(found(9), 0);
    proof.heard(mark(1, 'f'), 100);
    expect(proof.deaf(9_000)).toBe(false);
  });
});

test.each([
  '',
  'garbage',
  'x\t1\theld\t{bad',
  '000000000000001-a\t1\theld\t[bad',
  '000000000000001-a\tNaN\theld\t',
  '\0',
])('F2: %j is no mark, whoever has published it', (text) => {
  expect(decodeMark(Buffer.from(text))).toBeUndefined();
});
