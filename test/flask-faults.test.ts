// The intake when connections break and Redis hangs, forgets, is full or refuses: it goes on by itself, takes nothing twice,
// counts what it gives up, and says so where nobody takes messages in.

import { expect, onTestFinished, test } from 'vitest';
import { FaultProxy } from './faults/proxy.ts';
import { onRedis } from './support/bracket.ts';
import {
  allReady,
  dataUntil,
  dropped,
  flow,
  holders,
  INTAKE,
  numbered,
  publishRaw,
  together,
  unready,
  watcher,
} from './support/flask-intake.ts';
import type { RedisServer } from './support/redis.ts';
import { metric, type RunningReplica, startReplica } from './support/replica.ts';
import { until } from './support/until.ts';

onRedis('The intake', (bracket, server) => {
  test('F5: with subscriptions cut again and again, whoever hears all goes on: none is lost, none doubled', async () => {
    const replicas = await together(bracket, 2);
    const watch = await watcher(bracket);
    const flowing = flow(server());
    for (let cut = 0; cut < 4; cut += 1) {
      const seen = watch.seen();
      await until('more have come', () => watch.seen() > seen + 100);
      await cutOne(server(), cut);
      await allReady(replicas);
    }
    const texts = await flowing.stop();
    expect(await watch.dataUntil(texts.at(-1) as string)).toEqual(texts);
  });

  test('F5: a subscription that looks alive and brings nothing is given up for another', async () => {
    const proxy = await FaultProxy.start(server().port, Math.random, { replies: true });
    onTestFinished(() => proxy.stop());
    const replica = await bracket.start({ ...INTAKE, REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    const stream = await bracket.subscribed(replica.url, 'channel=sse');
    const before = proxy.accepted;
    proxy.filter = (reply) => (/:flask:0\r\n|\r\nsse\r\n/.test(reply.toString()) ? 'swallow' : 'pass');
    await until('there is another connection', () => proxy.accepted > before);
    proxy.filter = undefined;
    await allReady([replica]);
    await publishRaw(server(), ['heard']);
    expect(await stream.next()).toMatchObject({ data: 'heard' });
  });

  test('F6: who is not heard of as taking messages in makes nobody ready', async () => {
    const replica = await bracket.start({ ...INTAKE, REDIS_PREFIX: 'unheard' });
    // Another has the lease, and tells nobody.
    await server().client.hset('unheard:{0}:flask', 'holder', 'another');
    await server().client.set('unheard:{0}:flask:lease', 'a token', 'PX', 8_000);
    await until('it is not ready', async () => (await unready(replica)) !== undefined);
    expect(await unready(replica)).toEqual(['nobody takes in what Flask apps publish']);
    expect(await holders([replica])).toEqual([]);
    await allReady([replica]);
    expect(await holders([replica])).toEqual([replica]);
  });

  test('F6: who may not listen to the channels says so, and is ready once it may', async () => {
    const { client } = server();
    await client.acl('SETUSER', 'narrow', 'on', '>secret', '~*', '+@all', 'resetchannels', '&fanfare:*');
    const url = server().url.replace('//', '//narrow:secret@');
    const replica = await startReplica({ ...INTAKE, REDIS_URL: url });
    onTestFinished(() => replica.stop());
    const reason = 'not subscribed to the channels of Flask apps';
    await until('that is all that it lacks', async () => String(await unready(replica)) === reason);
    await client.acl('SETUSER', 'narrow', 'allchannels');
    await allReady([replica]);
  });

  test('F5: a Redis that hangs again and again, for longer than anybody waits, doubles nothing and loses nothing', async () => {
    const replicas = await together(bracket, 2);
    const watch = await watcher(bracket);
    const flowing = flow(server());
    for (let hang = 0; hang < 4; hang += 1) {
      const seen = watch.seen();
      await until('more have come', () => watch.seen() > seen + 100);
      const [holder] = await holders(replicas);
      server().pause();
      // Now and then before the lease has run out, so that what was under way still counts.
      const given = async () => String(await unready(holder as RunningReplica)).includes('Redis does not answer');
      await until('it waits no longer', given);
      server().resume();
      await allReady(replicas);
      await until('one takes messages in', async () => (await holders(replicas)).length === 1);
    }
    const texts = await flowing.stop();
    expect(await watch.dataUntil(texts.at(-1) as string)).toEqual(texts);
  });

  test('F5: it goes on when all keys are gone, and nothing is taken twice', async () => {
    const [a, b] = await bracket.pair(INTAKE);
    const stream = await bracket.subscribed(a.url, 'channel=sse');
    await publishRaw(server(), ['before']);
    expect(await stream.next()).toMatchObject({ data: 'before' });
    await server().client.flushall();
    for (const replica of [a, b]) {
      await until('its log has begun again', async () => (await metric(replica, 'fanfare_log_messages')) === 1);
    }
    await until('one takes in', async () => (await holders([a, b])).length === 1);
    await until('a message comes', async () => {
      await publishRaw(server(), ['after']);
      return (await metric(a, 'fanfare_events_delivered_total')) > 1;
    });
    const events = await stream.takeUntil(({ data }) => data === 'after');
    expect(events.map(({ event }) => event)).toEqual(['fanfare:reset', 'message']);
  });

  test('F5: it goes on by itself when Redis has been restarted', async () => {
    const [a, b] = await bracket.pair(INTAKE);
    const stream = await bracket.subscribed(b.url, 'channel=sse');
    await publishRaw(server(), ['before']);
    expect(await stream.next()).toMatchObject({ data: 'before' });
    await server().kill();
    await server().start();
    await allReady([a, b]);
    const texts = numbered(500);
    await publishRaw(server(), texts);
    const data = await dataUntil(stream, texts.at(-1) as string);
    expect(data).toEqual(['{"reason":"lost","requested":null}', ...texts]);
    expect(await holders([a, b])).toHaveLength(1);
  });

  test('F3: while Redis is full so many wait, the oldest are dropped and counted, and the rest comes in order', async () => {
    const replica = await bracket.start(INTAKE);
    const stream = await bracket.subscribed(replica.url, 'channel=sse');
    await server().client.config('SET', 'maxmemory', '1mb');
    try {
      // 411 bytes each as they come, and 200 beside: a queue of 32 MiB holds 54,917 of them.
      const texts = numbered(56_000).map((text) => text.padEnd(400));
      for (let first = 0; first < texts.length; first += 1_000)
        await publishRaw(server(), texts.slice(first, first + 1_000));
      await until('they have come', async () => (await metric(replica, dropped('overflow'))) === 1_083);
      expect(await metric(replica, 'fanfare_flask_waiting_messages')).toBe(54_917);
      await server().client.config('SET', 'maxmemory', '0');
      expect(await dataUntil(stream, texts.at(-1) as string)).toEqual(texts.slice(1_083));
      expect(await metric(replica, 'fanfare_flask_waiting_messages')).toBe(0);
    } finally {
      await server().client.config('SET', 'maxmemory', '0');
    }
  });

  test('F3: what waits when Redis forgets is given up and counted, for it may have been taken', async () => {
    const replica = await bracket.start(INTAKE);
    const stream = await bracket.subscribed(replica.url, 'channel=sse');
    await server().client.config('SET', 'maxmemory', '1mb');
    try {
      await publishRaw(server(), numbered(100));
      await until('they wait', async () => (await metric(replica, 'fanfare_flask_waiting_messages')) === 100);
      await server().client.flushall();
      await until('they are counted', async () => (await metric(replica, dropped('lost'))) === 100);
    } finally {
      await server().client.config('SET', 'maxmemory', '0');
    }
    await allReady([replica]);
    await publishRaw(server(), ['after']);
    expect((await dataUntil(stream, 'after')).slice(-1)).toEqual(['after']);
    expect(stream.text).not.toContain('message 99');
  });
});

/** Breaks one of the connections that raw messages come over. */
async function cutOne({ client }: RedisServer, which: number): Promise<void> {
  const list = String(await client.client('LIST'));
  const ids = [...list.matchAll(/^id=(\d+) .* name=fanfare-flask /gm)].map(([, id]) => id as string);
  await client.call('CLIENT', 'KILL', 'ID', ids[which % ids.length] as string);
}
