// /cluster and /channels: who is there and who is listened to, over all replicas; and that the dead are soon not counted.

import { expect, test } from 'vitest';
import { ask } from './support/ask.ts';
import { onEachBus, onRedis } from './support/bracket.ts';
import { problemDetail, publish, publishMany } from './support/publisher.ts';
import { ReplicaProcess } from './support/replica.ts';
import { ALL, ASKING, bearer } from './support/token.ts';
import { until } from './support/until.ts';

interface Channels {
  readonly channels: readonly { readonly name: string; readonly subscribers: number }[];
  readonly next: string | null;
}
interface Replica {
  readonly name: string;
  readonly streams: number;
  readonly messages: number;
}

async function json<T>(url: string, path: string): Promise<T> {
  const answer = await ask(url + path);
  expect(answer).toMatchObject({ status: 200 });
  return JSON.parse(answer.text) as T;
}

async function counts(url: string): Promise<Record<string, number>> {
  const { channels } = await json<Channels>(url, '/channels');
  return Object.fromEntries(channels.map(({ name, subscribers }) => [name, subscribers]));
}
const replicas = async (url: string) => (await json<{ replicas: Replica[] }>(url, '/cluster')).replicas;

onEachBus('Presence', (bracket) => {
  test('H5: a replica says what it is', async () => {
    const { url } = await bracket.start({ REPLICA: 'one' });
    const id = await publish(url, { message: 'a' });
    await bracket.subscribed(url);
    const expected = { name: 'one', version: '0.0.0', streams: 1, position: id, draining: false };
    await until('it is told', async () => (await replicas(url))[0]?.streams === 1);
    const [replica] = await replicas(url);
    await publishMany(url, 3, 'elsewhere');
    await until('all are counted', async () => (await replicas(url))[0]?.messages === 4);
    expect(replica).toMatchObject(expected);
    expect(Date.parse((replica as unknown as { started: string }).started)).toBeLessThanOrEqual(Date.now());
  });

  test('H6: channels are counted over all replicas, as streams come and go', async () => {
    const [a, b] = await bracket.pair();
    const streams = [
      await bracket.subscribed(a.url, 'channel=x&channel=y'),
      await bracket.subscribed(b.url, 'channel=y'),
    ];
    for (const { url } of [a, b])
      await until('both are counted', async () => JSON.stringify(await counts(url)) === '{"x":1,"y":2}');
    streams[0]?.close();
    await until('one is gone', async () => JSON.stringify(await counts(b.url)) === '{"y":1}');
  });

  test('H6: long lists come in pages, in the order of names, of any name', async () => {
    const { url } = await bracket.start();
    const names = ['__proto__', 'constructor', '1', '10', '2', 'ä', '频道', 'a b', 'toString'].sort();
    await bracket.subscribed(url, new URLSearchParams(names.map((name) => ['channel', name])).toString());
    await until(
      'all are counted',
      async () => (await json<Channels>(url, '/channels')).channels.length === names.length,
    );
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const query: string = new URLSearchParams({ limit: '2', after: next }).toString();
      const found: Channels = await json<Channels>(url, `/channels?${query}`);
      expect(found.channels.length).toBeLessThanOrEqual(2);
      seen.push(...found.channels.map(({ name }) => name));
      next = found.next;
    }
    expect(seen).toEqual(names);
    problemDetail(await ask(`${url}/channels?limit=0`), 400);
  });

  test('H4: who needs a token sees with one, and only channels that are for him', async () => {
    const { url } = await bracket.start(ASKING);
    for (const path of ['/channels', '/cluster']) problemDetail(await ask(url + path), 401);
    await bracket.open(url, { query: 'channel=open&channel=secret', headers: await bearer(ALL) });
    const headers = await bearer({ subscribe: ['o*'] });
    await until('it is counted', async () => (await ask(`${url}/channels`, { headers })).text.includes('open'));
    expect((await ask(`${url}/channels`, { headers })).text).not.toContain('secret');
    expect((await ask(`${url}/cluster`, { headers })).status).toBe(200);
  });
});

onRedis('Presence over Redis', (bracket, server) => {
  test('H5: what was in the log before a replica began has not come to it', async () => {
    const { url } = await bracket.start();
    await publishMany(url, 5, 'before');
    await bracket.start({ REPLICA: 'late' });
    const counted = async () => (await replicas(url)).find(({ name }) => name === 'late')?.messages;
    await until('it is there', async () => (await counted()) !== undefined);
    expect(await counted()).toBe(0);
    await publishMany(url, 2, 'after');
    await until('two have come', async () => (await counted()) === 2);
  });

  test('H5, H6: a replica that is killed, and its streams, are gone within five seconds', async () => {
    const prefix = 'presence';
    const { url } = await bracket.start({ REDIS_PREFIX: prefix, REPLICA: 'stays' });
    const dying = new ReplicaProcess({ REDIS_URL: server().url, REDIS_PREFIX: prefix, REPLICA: 'dies' });
    bracket.ending(() => void dying.stop());
    const { url: dyingUrl } = await dying.addresses();
    await until('it is ready', async () => (await ask(`${dyingUrl}/readyz`)).status === 200);
    await bracket.subscribed(dyingUrl, 'channel=x');
    await until('both are there', async () => (await replicas(url)).length === 2 && (await counts(url))['x'] === 1);
    await dying.stop();
    const died = performance.now();
    const alone = async () => (await replicas(url)).length === 1 && (await counts(url))['x'] === undefined;
    await until('one is gone', alone);
    // The contract's bound, of which a busy machine is given the double.
    expect(performance.now() - died).toBeLessThan(10_000);
  });

  test('H5, H6: a Redis that has forgotten is told again', async () => {
    const { url } = await bracket.start();
    await bracket.subscribed(url, 'channel=x');
    await until('it is counted', async () => (await counts(url))['x'] === 1);
    await server().client.flushall();
    await until(
      'it is counted again',
      async () => (await replicas(url)).length === 1 && (await counts(url))['x'] === 1,
    );
  });

  test('H5: while Redis is away it is said that nobody can tell', async () => {
    const { url } = await bracket.start();
    await server().stop();
    await until('it is away', async () => (await ask(`${url}/cluster`)).status === 503);
    problemDetail(await ask(`${url}/channels`), 503);
    await server().start();
    await until('it is back', async () => (await ask(`${url}/cluster`)).status === 200);
  });
});
