// Places for streams over three replicas: so many for an address and for a subject, whichever replica is asked.

import { EventSource } from 'eventsource';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { Crowd, expectHeard, from, newcomer } from './support/crowd.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { metric } from './support/replica.ts';
import { Subscriber } from './support/subscriber.ts';
import { ALL, ASKING, bearer } from './support/token.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const PLACES = 4;
const LIMITS = { MAX_STREAMS_PER_ADDRESS: `${PLACES}`, MAX_STREAMS_PER_SUBJECT: '3' };
const OPEN = { ...ASKING, ANONYMOUS_PUBLISH: 'true', ANONYMOUS_SUBSCRIBE: 'true' };

describeWith(['redis-server', 'nginx'], 'places of a cluster', () => {
  let redis: RedisServer;
  let cluster: Cluster;
  let crowd: Crowd;

  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster({ ...OPEN, ...LIMITS, REDIS_URL: redis.url });
  });
  beforeEach(() => {
    crowd = new Crowd(cluster.replicas.map(({ url }) => url));
  });
  afterEach(() => crowd.leave());
  afterAll(async () => {
    await cluster?.stop();
    await redis?.end();
  });

  const limited = () =>
    Promise.all(cluster.replicas.map((each) => metric(each, 'fanfare_limited_total{limit="streams_address"}')));

  test('L1: an address has so many places over three replicas, and what it has is not touched', async () => {
    const headers = newcomer();
    const streams = await crowd.fill([0, 1, 2, 0], headers);
    const before = await limited();
    await crowd.expectFull(headers);
    expect(await limited()).toEqual(before.map((count) => count + 1));
    await expectHeard(cluster.url, [...streams, ...(await crowd.fill([0, 1, 2], newcomer()))]);
  });

  test('L1: a network of IPv6 is one address, and its neighbour another', async () => {
    for (const [index, address] of ['2001:db8::1', '2001:db8::ffff:2', '2001:DB8:0:0:3::', '2001:db8::4'].entries())
      await crowd.fill([index % 3], from(address));
    await crowd.expectFull(from('2001:db8::5'));
    await crowd.fill([0, 1, 2], from('2001:db8:0:1::1'));
  });

  test('L1: of forty who ask three replicas at once exactly so many get in as there are places', async () => {
    const headers = newcomer();
    const urls = Array.from({ length: 40 }, (_, index) => cluster.replicas[(index % 3) as 0 | 1 | 2].url);
    const visits = await Promise.all(urls.map((url) => crowd.enter(url, headers)));
    const answers = Object.groupBy(visits, ({ status }) => status);
    expect(answers[200]).toHaveLength(PLACES);
    expect(answers[429]).toHaveLength(40 - PLACES);
    await crowd.expectFull(headers);
  });

  test('L1: a subject has so many places, from wherever it comes, beside those of its address', async () => {
    const ann = await bearer(ALL);
    for (const index of [0, 1, 2]) await crowd.fill([index], { ...ann, ...newcomer() });
    await crowd.expectFull({ ...ann, ...newcomer() });
    const address = newcomer();
    await crowd.fill([0, 1, 2], { ...(await bearer({ ...ALL, sub: 'ben' })), ...address });
    await crowd.fill([2], address);
    await crowd.expectFull({ ...(await bearer({ ...ALL, sub: 'cid' })), ...address });
    for (const replica of cluster.replicas)
      expect(await metric(replica, 'fanfare_limited_total{limit="streams_subject"}')).toBe(1);
  });

  test('L1: a place is free on every replica as soon as its stream has ended', async () => {
    for (let round = 0; round < 6; round += 1) {
      const headers = newcomer();
      const [first] = await crowd.fill([0, 1, 2, round % 3], headers);
      await crowd.expectFull(headers);
      first?.close();
      await crowd.untilOpen((round + 1) % 3, headers, 2_000);
      await crowd.expectFull(headers);
    }
    crowd.leave();
    const left = () => redis.client.keys('*:streams:*');
    await until('no place is taken', async () => (await left()).length === 0);
  });

  test('L1: nobody is somebody else by saying so to the proxy', async () => {
    const streams: Subscriber[] = [];
    for (const name of ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'Client-IP', 'X-Forwarded-For']) {
      const { stream } = await crowd.enter(cluster.url, { [name]: `for=198.51.100.${streams.length}, 198.51.100.7` });
      streams.push(stream);
    }
    const over = streams.pop() as Subscriber;
    await over.rest();
    expect(over.retries).toHaveLength(1);
    expect(over.text).not.toContain('event:');
    for (const stream of streams) expect(stream.ended).toBe(false);
    crowd.leave();
    await until('no place is taken', async () => (await redis.client.keys('*:streams:*')).length === 0);
  });

  test('L1, R11: an EventSource that is over the limit comes back through the proxy until a place is free', async () => {
    const streams: Subscriber[] = [];
    while (streams.length < PLACES) streams.push((await crowd.enter(cluster.url, {})).stream);
    expect(streams.filter(({ ended }) => ended)).toEqual([]);
    const waiting = new EventSource(`${cluster.url}/stream`);
    onTestFinished(() => waiting.close());
    let opened = false;
    waiting.addEventListener('fanfare:open', () => {
      opened = true;
    });
    let turnedAway = 0;
    waiting.addEventListener('error', () => {
      turnedAway += 1;
    });
    await until('it has been sent away twice', () => turnedAway >= 2);
    expect(waiting.readyState).toBe(EventSource.CONNECTING);
    expect(opened).toBe(false);
    streams[0]?.close();
    await until('it is let in', () => opened);
    await expectHeard(cluster.url, streams.slice(1));
  });
});

describeWith(['redis-server', 'nginx'], 'a cluster that is full', () => {
  let redis: RedisServer;
  let cluster: Cluster;
  let crowd: Crowd;

  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster({ MAX_CONNECTIONS: '2', REDIS_URL: redis.url });
    crowd = new Crowd(cluster.replicas.map(({ url }) => url));
  });
  afterAll(async () => {
    crowd?.leave();
    await cluster?.stop();
    await redis?.end();
  });

  test('L1: through the proxy all places of all replicas are taken, and who comes later is told to come back', async () => {
    const streams: Subscriber[] = [];
    // Two that nginx does not know of, so that it has to try again.
    streams.push(...(await crowd.fill([0, 0], {})));
    while (streams.length < 6) {
      const { stream } = await crowd.enter(cluster.url, {});
      expect(stream.ended).toBe(false);
      streams.push(stream);
    }
    for (const replica of cluster.replicas) {
      const { status, stream } = await crowd.enter(replica.url, {});
      expect(status).toBe(503);
      expect(stream.headers).toMatchObject({ 'retry-after': '1', connection: 'close' });
      expect(await metric(replica, 'fanfare_streams')).toBe(2);
      expect(await metric(replica, 'fanfare_limited_total{limit="streams_replica"}')).toBeGreaterThan(0);
    }
    const late = await Subscriber.open(cluster.url);
    expect(late.status).toBe(200);
    expect(await late.rest()).toEqual([]);
    expect(late.retries).toHaveLength(1);
    await expectHeard(cluster.url, streams);
  });
});
