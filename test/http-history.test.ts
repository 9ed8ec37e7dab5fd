// How far back a stream can resume: what the log keeps at least, in the replica's memory and beyond it.

import { expect, test } from 'vitest';
import { onEachBus, onRedis } from './support/bracket.ts';
import { publish, publishMany } from './support/publisher.ts';
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

onRedis('History beyond the memory of a replica', (bracket) => {
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
});
