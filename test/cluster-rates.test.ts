// What passes in a second over three replicas together: streams that are asked for, and messages. As many as a second's worth
// pass at once, then what time brings; a test that takes longer lets more pass, and counts it.

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { Crowd, newcomer } from './support/crowd.ts';
import { type Answer, postJson } from './support/publisher.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { metric } from './support/replica.ts';
import { ALL, ASKING, bearer } from './support/token.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const CONNECTS = 10;
const OF_ADDRESS = 20;
const OF_SUBJECT = 10;
const LIMITS = {
  MAX_CONNECTS_PER_ADDRESS: `${CONNECTS}`,
  MAX_PUBLISHES_PER_ADDRESS: `${OF_ADDRESS}`,
  MAX_PUBLISHES_PER_SUBJECT: `${OF_SUBJECT}`,
};
const OPEN = { ...ASKING, ANONYMOUS_PUBLISH: 'true', ANONYMOUS_SUBSCRIBE: 'true' };
const TIMES = 5;

interface Answered {
  readonly status: number;
  readonly retryAfter: string | null | undefined;
}

describeWith(['redis-server', 'nginx'], 'rates of a cluster', () => {
  let redis: RedisServer;
  let cluster: Cluster;
  let crowd: Crowd;
  let urls: readonly string[];

  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster({ ...OPEN, ...LIMITS, REDIS_URL: redis.url });
    urls = cluster.replicas.map(({ url }) => url);
  });
  beforeEach(() => {
    crowd = new Crowd(urls);
  });
  afterEach(() => crowd.leave());
  afterAll(async () => {
    await cluster?.stop();
    await redis?.end();
  });

  /** Does this many things at once, spread over these, of which about `most` a second may pass. */
  async function burst(
    most: number,
    count: number,
    one: (url: string, index: number) => Promise<Answered>,
    at = urls,
  ): Promise<readonly Answered[]> {
    const begun = performance.now();
    const answers = await Promise.all(
      Array.from({ length: count }, (_, index) => one(at[index % at.length] as string, index)),
    );
    const seconds = (performance.now() - begun) / 1_000;
    const refused = answers.filter(({ status }) => status === 429);
    const passed = answers.length - refused.length;
    expect(passed).toBeGreaterThanOrEqual(most);
    expect(passed).toBeLessThanOrEqual(most + Math.ceil(seconds * most));
    for (const { retryAfter } of refused) expect(retryAfter).toBe('1');
    return answers;
  }

  const answered = ({ status, headers }: Answer): Answered => ({ status, retryAfter: headers.get('retry-after') });

  /** Asks for a stream, and leaves. */
  async function connects(url: string, headers: Readonly<Record<string, string>>): Promise<Answered> {
    const { status, stream } = await crowd.enter(url, headers);
    stream.close();
    return { status, retryAfter: stream.headers['retry-after'] };
  }

  async function limited(limit: string): Promise<number> {
    const counts = cluster.replicas.map((each) => metric(each, `fanfare_limited_total{limit="${limit}"}`));
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  test('L2: of many streams that an address asks three replicas for at once, a second’s worth begin', async () => {
    const headers = newcomer();
    const before = await limited('connects_address');
    const answers = await burst(CONNECTS, CONNECTS * TIMES, (url) => connects(url, headers));
    const refused = answers.filter(({ status }) => status === 429).length;
    expect((await limited('connects_address')) - before).toBe(refused);
    expect((await connects(urls[0] as string, newcomer())).status).toBe(200);
    await until('it may again', async () => (await connects(urls[1] as string, headers)).status === 200);
  });

  test('L3: of many messages that an address sends to three replicas at once, a second’s worth pass', async () => {
    const headers = newcomer();
    const before = await limited('publishes_address');
    const send = async (url: string) => answered(await postJson(url, { message: 'a' }, headers));
    const answers = await burst(OF_ADDRESS, OF_ADDRESS * TIMES, send);
    const refused = answers.filter(({ status }) => status === 429).length;
    expect((await limited('publishes_address')) - before).toBe(refused);
    await until('it may again', async () => (await send(urls[1] as string)).status === 201);
  });

  test('L3: of many messages that a subject sends from everywhere at once, a second’s worth pass', async () => {
    const ann = await bearer(ALL);
    const before = await limited('publishes_subject');
    const answers = await burst(OF_SUBJECT, OF_SUBJECT * TIMES, async (url) =>
      answered(await postJson(url, { message: 'a' }, { ...ann, ...newcomer() })),
    );
    const refused = answers.filter(({ status }) => status === 429).length;
    expect((await limited('publishes_subject')) - before).toBe(refused);
    const ben = await bearer({ ...ALL, sub: 'ben' });
    expect((await postJson(urls[0] as string, { message: 'a' }, { ...ben, ...newcomer() })).status).toBe(201);
  });

  test('L3: a batch counts with each of its messages, and passes whole or not at all', async () => {
    const headers = newcomer();
    const { stream } = await crowd.enter(urls[2] as string, newcomer(), 'channel=batches');
    const batch = (name: number) =>
      Array.from({ length: 7 }, (_, index) => ({ channel: 'batches', message: `${name}.${index}` }));
    const begun = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 15 }, async (_, name) => ({
        name,
        ...(await postJson(urls[name % 3] as string, batch(name), headers)),
      })),
    );
    const seconds = (performance.now() - begun) / 1_000;
    const passed = answers.filter(({ status }) => status === 201);
    expect(passed.length * 7).toBeGreaterThan(OF_ADDRESS - 7);
    expect(passed.length * 7).toBeLessThanOrEqual(OF_ADDRESS + Math.ceil(seconds * OF_ADDRESS));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15 - passed.length);
    const tooMany = Array.from({ length: OF_ADDRESS + 1 }, () => ({ message: 'a' }));
    expect((await postJson(urls[0] as string, tooMany, newcomer())).status).toBe(413);
    const heard = await stream.take(passed.length * 7);
    const expected = passed.flatMap(({ name }) => batch(name).map(({ message }) => message));
    expect(heard.map(({ data }) => data).sort()).toEqual(expected.sort());
  });

  test('L3, P4: of sends with one key one counts, whichever replica they come to and whatever else is sent', async () => {
    const headers = { ...newcomer(), 'Idempotency-Key': 'again' };
    const { stream } = await crowd.enter(urls[0] as string, newcomer(), 'channel=again');
    const send = (index: number, key: object) =>
      postJson(urls[index % 3] as string, { message: 'a', channel: 'again' }, { ...headers, ...key });
    const again = await Promise.all(Array.from({ length: OF_ADDRESS * 2 }, (_, index) => send(index, {})));
    expect(new Set(again.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    await until('it is used up', async () => (await send(0, { 'Idempotency-Key': randomUUID() })).status === 429);
    expect(await send(1, {})).toMatchObject({ status: 201, text: again[0]?.text });
    expect(await stream.next()).toMatchObject({ id: (JSON.parse(again[0]?.text as string) as { id: string }).id });
  });

  test('L6: while Redis is away each replica lets a second’s worth of streams begin, and all together when it is back', async () => {
    await redis.stop();
    for (const url of urls) await until('it knows that Redis is away', async () => !(await fetch(`${url}/readyz`)).ok);
    const headers = newcomer();
    for (const url of urls) await burst(CONNECTS, CONNECTS * 2, (at) => connects(at, headers), [url]);
    await redis.start();
    for (const url of urls) await until('it has Redis again', async () => (await fetch(`${url}/readyz`)).ok);
    // A replica's own second's worth would be thrice as many.
    await until('all count together', async () => {
      const later = newcomer();
      const begun = performance.now();
      const answers = await Promise.all(
        urls.flatMap((url) => Array.from({ length: CONNECTS }, () => connects(url, later))),
      );
      const seconds = (performance.now() - begun) / 1_000;
      const passed = answers.filter(({ status }) => status === 200).length;
      return passed > 0 && passed <= CONNECTS + Math.ceil(seconds * CONNECTS);
    });
  });
});
