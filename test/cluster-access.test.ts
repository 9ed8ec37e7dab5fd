// Who may what, over three replicas and their proxy: tickets, kicks and the end of tokens, whichever replica was told.

import { EventSource } from 'eventsource';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { CLOCK_SKEW_MS } from '../src/access/identity.ts';
import { ask } from './support/ask.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { Crowd, type Headers } from './support/crowd.ts';
import { postJson, problemDetail, publish } from './support/publisher.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { metric } from './support/replica.ts';
import { ALL, ASKING, bearer } from './support/token.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const CLOSED = (reason: string) => ({ event: 'fanfare:close', data: `{"reason":"${reason}"}` });
// A replica asks twice a second who was kicked; the rest is for a busy machine.
const SOON_MS = 3_000;

describeWith(['redis-server', 'nginx'], 'access to a cluster', () => {
  let redis: RedisServer;
  let cluster: Cluster;
  let crowd: Crowd;
  /** Of the replicas, and of the proxy. */
  let doors: readonly string[];

  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster({ ...ASKING, REDIS_URL: redis.url, DRAIN_MS: '0' });
    doors = [...cluster.replicas.map(({ url }) => url), cluster.url];
  });
  beforeEach(() => {
    crowd = new Crowd(doors);
  });
  afterEach(async () => {
    crowd.leave();
    await cluster.restore();
  });
  afterAll(async () => {
    await cluster?.stop();
    await redis?.end();
  });

  const door = (index: number) => doors[index % doors.length] as string;

  async function ticketAt(url: string, headers: Headers): Promise<string> {
    const answer = await ask(`${url}/ticket`, { method: 'POST', headers: { ...headers } });
    expect(answer).toMatchObject({ status: 201 });
    return (JSON.parse(answer.text) as { ticket: string }).ticket;
  }

  async function kick(url: string, subject: string): Promise<void> {
    const asked = { method: 'DELETE', headers: await bearer(ALL) };
    expect(await ask(`${url}/streams?subject=${subject}`, asked)).toMatchObject({ status: 204 });
  }

  async function expectOpen(headers: Headers, query?: string): Promise<void> {
    for (const url of doors) expect(await crowd.knock(url, headers, query)).toBe(200);
  }

  async function expectUnknown(headers: Headers, query?: string): Promise<void> {
    for (const url of doors) expect(await crowd.knock(url, headers, query)).toBe(401);
  }

  test('A3: a ticket is good at whichever replica it is shown to, and then nowhere any more', async () => {
    const headers = await bearer(ALL);
    for (let issued = 0; issued < doors.length; issued += 1) {
      const query = `ticket=${await ticketAt(door(issued), headers)}`;
      expect(await crowd.knock(door(issued + 1), {}, query)).toBe(200);
      await expectUnknown({}, query);
    }
  });

  test('A3: of a hundred who show one ticket at once to three replicas and the proxy one gets in', async () => {
    const query = `ticket=${await ticketAt(door(0), await bearer(ALL))}`;
    const visits = await Promise.all(Array.from({ length: 100 }, (_, index) => crowd.enter(door(index), {}, query)));
    expect(visits.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(visits.filter(({ status }) => status === 401)).toHaveLength(99);
  });

  test('A3: a ticket lives for thirty seconds, and not longer', async () => {
    const ticket = await ticketAt(door(1), await bearer(ALL));
    const [key, ...more] = await redis.client.keys(`*${ticket}*`);
    expect(more).toEqual([]);
    const left = await redis.client.pttl(key as string);
    expect(left).toBeGreaterThan(20_000);
    expect(left).toBeLessThanOrEqual(30_000);
    await redis.client.pexpire(key as string, 1);
    await until('its time is over', async () => (await redis.client.exists(key as string)) === 0);
    await expectUnknown({}, `ticket=${ticket}`);
  });

  test('A6: who is kicked at one replica is out at all of them within a second, and nobody else is', async () => {
    const eve = await bearer({ ...ALL, sub: 'eve' });
    const ann = await bearer(ALL);
    const ticket = await ticketAt(door(1), eve);
    const eves = await crowd.fill([0, 1, 2, 3, 0, 1], eve);
    const anns = await crowd.fill([0, 1, 2, 3], ann);
    await kick(door(2), 'eve');
    await until('all of her streams have ended', () => eves.every(({ ended }) => ended), SOON_MS);
    for (const stream of eves) expect((await stream.rest()).at(-1)).toMatchObject(CLOSED('kicked'));
    await expectUnknown(eve);
    await expectUnknown({}, `ticket=${ticket}`);
    for (const url of doors) problemDetail(await postJson(url, { message: 'a' }, eve), 401);
    const id = await publish(cluster.url, { message: 'to those who stay' }, ann);
    for (const stream of anns) expect(await stream.next()).toMatchObject({ id });
    for (const replica of cluster.replicas)
      expect(await metric(replica, 'fanfare_streams_closed_total{reason="kicked"}')).toBeGreaterThan(0);
  });

  test('A6: what is issued after a kick is taken, what was issued before is refused, also by replicas that start anew', async () => {
    const before = await bearer({ ...ALL, sub: 'mallory' });
    const kickedAt = Date.now();
    await kick(door(0), 'mallory');
    await until('it is known everywhere', async () => {
      const statuses = await Promise.all(doors.map((url) => crowd.knock(url, before)));
      return statuses.every((status) => status === 401);
    });
    // Tokens are as exact as a second, and a kick reaches so far.
    await until('the next second has begun', () => Math.floor(Date.now() / 1_000) * 1_000 > kickedAt + 50);
    const after = await bearer({ ...ALL, sub: 'mallory' }, { issuedIn: CLOCK_SKEW_MS / 1_000 });
    await expectOpen(after);
    for (const { process } of cluster.replicas) await process.stop();
    await cluster.restore();
    await expectUnknown(before);
    await expectOpen(after);
    await expectOpen(await bearer(ALL));
  });

  test('A5, A7: streams end with their token, a stale token is final, and a fresh one goes on without a gap', async () => {
    const ending = await bearer(ALL, { expiresIn: 3 });
    const ends = (Math.floor(Date.now() / 1_000) + 2) * 1_000;
    const writer = await bearer(ALL);
    const streams = await crowd.fill([0, 1, 2, 3], ending);
    const staying = await crowd.fill([0, 1, 2, 3], await bearer(ALL));
    const seen = await publish(cluster.url, { message: 'seen' }, writer);
    await until('all have ended', () => streams.every(({ ended }) => ended));
    expect(Date.now()).toBeGreaterThanOrEqual(ends);
    const missed = await publish(cluster.url, { message: 'missed' }, writer);
    const fresh = await bearer(ALL);
    for (const [index, stream] of streams.entries()) {
      expect(await stream.rest()).toMatchObject([{ id: seen }, CLOSED('expired')]);
      const cursor = { 'Last-Event-ID': stream.lastEventId as string };
      expect((await crowd.enter(door(index + 1), { ...ending, ...cursor })).status).toBe(401);
      const back = await crowd.enter(door(index + 1), { ...fresh, ...cursor });
      expect(await back.stream.next()).toMatchObject({ id: missed, data: 'missed' });
    }
    for (const stream of staying) expect(await stream.take(2)).toMatchObject([{ id: seen }, { id: missed }]);
  });

  test('A5, R11: an EventSource whose token has ended is told so for good, and does not come back', async () => {
    const headers = await bearer(ALL, { expiresIn: 2 });
    const source = new EventSource(`${cluster.url}/stream`, {
      fetch: (url, init) => fetch(url, { ...init, headers: { ...init?.headers, ...headers } }),
    });
    onTestFinished(() => source.close());
    const closes: string[] = [];
    source.addEventListener('fanfare:close', ({ data }: MessageEvent) => closes.push(String(data)));
    await until('it is closed', () => source.readyState === EventSource.CLOSED);
    expect(closes).toEqual(['{"reason":"expired"}']);
  });
});
