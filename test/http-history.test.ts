// How far back a stream can resume: what the log keeps at least, in the replica's memory and beyond it.

import { expect, test } from 'vitest';
import { onEachBus, onRedis } from './support/bracket.ts';
import { publish, publishMany } from './support/publisher.ts';
import type { RedisServer } from './support/redis.ts';
import { metric } from './support/replica.ts';
import type { Subscriber } from './support/subscriber.ts';

/** The ids of the messages that follow a resumed open, up to `end`. Anything but a message fails. */
async function resumedIds(subscriber: Subscriber, end: string): Promise<(string | undefined)[]> {
  const [open, ...events] = await subscriber.takeUntil(({ id, event }) => id === end && event === 'message');
  expect(JSON.parse(open?.data ?? '')).toMatchObject({ resumed: true });
  expect(events.filter(({ event }) => event !== 'message')).toEqual([]);
  return events.map(({ id }) => id);
}

onEachBus('History', (bracket) => {
  test('R5: the last HISTORY_SIZE messages can be resumed on any replica, without a reset', async () => {
    const [a, b] = await bracket.pair({ HISTORY_SIZE: '50' });
    await publishMany(a.url, 100, 'messages', 'old');
    const cursor = await publish(a.url, { message: 'cursor' });
    const ids = [
      ...(await publishMany(a.url, 30, 'messages', 'm')),
      ...(await publishMany(a.url, 20, 'messages', 'n')),
    ];
    for (const { url } of [a, b]) {
      const subscriber = await bracket.open(url, { query: `lastEventId=${cursor}` });
      expect(await resumedIds(subscriber, ids.at(-1) as string)).toEqual(ids);
    }
  });

  test('R5: the last HISTORY_BYTES can be resumed, and no more is kept than by a message or two', async () => {
    const [a, b] = await bracket.pair({ HISTORY_BYTES: '100000' });
    const large = 'x'.repeat(10_000);
    const ids: string[] = [];
    for (let i = 0; i < 30; i += 1) ids.push(await publish(a.url, { message: large }));
    const end = ids.at(-1) as string;
    const subscriber = await bracket.open(b.url, { query: `lastEventId=${ids.at(-10)}` });
    expect(await resumedIds(subscriber, end)).toEqual(ids.slice(-9));
    const all = await bracket.open(b.url, { query: 'lastEventId=earliest' });
    expect((await resumedIds(all, end)).length).toBeLessThanOrEqual(10);
  });

  test('R5: a message as large as HISTORY_BYTES still reaches its subscribers', async () => {
    const { url } = await bracket.start({ HISTORY_BYTES: '1024' });
    const subscriber = await bracket.subscribed(url);
    const ids = await publishMany(url, 3, 'messages', 'x'.repeat(5_000));
    expect((await subscriber.take(3)).map(({ id }) => id)).toEqual(ids);
  });
});

onRedis('History beyond the memory of a replica', (bracket, server) => {
  // More than the 20,000 entries that a replica keeps in memory.
  const COUNT = 25_000;

  test('R5: a cursor older than the memory is resumed from the log, and so are last=N and "earliest"', async () => {
    const [a, b] = await bracket.pair();
    const cursor = await publish(a.url, { message: 'cursor', channel: 'sparse' });
    const sparse = [await publish(a.url, { message: 'sparse 1', channel: 'sparse' })];
    const ids = await publishMany(a.url, COUNT, 'busy');
    sparse.push(await publish(a.url, { message: 'sparse 2', channel: 'sparse' }));
    const end = sparse.at(-1) as string;

    for (const replica of [a, b]) {
      const all = await bracket.open(replica.url, { query: `channel=busy&channel=sparse&lastEventId=${cursor}` });
      expect(await resumedIds(all, end)).toEqual([sparse[0], ...ids, end]);
      expect(await metric(replica, 'fanfare_resumes_total{source="log",result="complete"}')).toBe(1);
    }
    const few = await bracket.open(b.url, { query: `channel=sparse&lastEventId=${cursor}` });
    expect(await resumedIds(few, end)).toEqual(sparse);
    const earliest = await bracket.open(b.url, { query: 'channel=sparse&lastEventId=earliest' });
    expect(await resumedIds(earliest, end)).toEqual([cursor, ...sparse]);
    const last = await bracket.open(b.url, { query: 'channel=sparse&last=3' });
    expect((await last.take(4)).slice(1).map(({ id }) => id)).toEqual([cursor, ...sparse]);
  });

  test('R2: a stream that reads the log while messages are published misses and repeats nothing', async () => {
    const [a, b] = await bracket.pair();
    const cursor = await publish(a.url, { message: 'cursor' });
    const ids = await publishMany(a.url, COUNT, 'messages', 'old');
    const readers = [a, b].map(({ url }) => bracket.open(url, { query: `lastEventId=${cursor}` }));
    ids.push(...(await publishMany(a.url, 3_000, 'messages', 'new')));
    const end = await publish(b.url, { message: 'end' });
    for (const reader of readers) expect(await resumedIds(await reader, end)).toEqual([...ids, end]);
  });

  test('R5: hundreds that come back, each with its own cursor, cost Redis the pages that they lack and no more', async () => {
    const { url } = await bracket.start();
    const rare = await publishMany(url, 3, 'rare');
    const ids = await publishMany(url, COUNT, 'busy');
    const end = await bracket.published(url, { message: 'end', channel: 'rare' });
    const before = await scriptsRun(server());
    // Of the 5,000 that memory does not hold.
    const cursors = ids.slice(0, 4_500).filter((_, index) => index % 30 === 0);
    const queries = cursors.map((cursor) => `channel=rare&lastEventId=${cursor}`);
    const last = cursors.map(() => 'channel=rare&last=3');
    // All ask before the first is answered.
    server().pause();
    const streams = await Promise.all([...queries, ...last].map((query) => bracket.open(url, { query })));
    server().resume();
    for (const [index, stream] of streams.entries()) {
      const carried = (await stream.takeUntil(({ id, event }) => id === end && event === 'message')).slice(1);
      expect(carried.map(({ id }) => id)).toEqual(index < cursors.length ? [end] : [...rare.slice(1), end]);
    }
    // Twice through six pages at most, each way; by itself each stream would read three.
    expect((await scriptsRun(server())) - before).toBeLessThan(streams.length / 4);
  });
});

/** How often Redis was asked for a page; a few a second are looks at the end of the log. */
async function scriptsRun({ client }: RedisServer): Promise<number> {
  return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(await client.info('commandstats'))?.[1]);
}
