// Coming back: a cursor is followed by exactly what came after it, wherever the stream is opened.

import { expect, test } from 'vitest';
import { onEachBus } from './support/bracket.ts';
import { publish, publishAll, publishMany } from './support/publisher.ts';
import type { Subscriber } from './support/subscriber.ts';

/** The texts of the events up to the message `end`; whether the stream was resumed comes first. */
async function readToEnd(subscriber: Subscriber): Promise<unknown[]> {
  const [open, ...events] = await subscriber.takeUntil(({ data }) => data === 'end');
  expect(open).toMatchObject({ event: 'fanfare:open' });
  return [
    JSON.parse(open?.data ?? '').resumed,
    ...events.map(({ event, data }) => (event === 'message' ? data : event)),
  ];
}

onEachBus('Resuming', (bracket) => {
  test('R2: a cursor in the header is followed by exactly what came after it, then by what is live', async () => {
    const [a, b] = await bracket.pair();
    const ids = await publishMany(a.url, 5, 'messages', 'm');
    const [one, two] = await Promise.all(
      [a, b].map(({ url }) => bracket.open(url, { headers: { 'Last-Event-ID': ids[1] as string } })),
    );
    const live = await publish(a.url, { message: 'live' });
    for (const subscriber of [one, two]) {
      const [open, ...messages] = (await subscriber?.take(5)) ?? [];
      expect(open).toMatchObject({ id: ids[1], event: 'fanfare:open' });
      expect(JSON.parse(open?.data ?? '')).toMatchObject({ resumed: true });
      expect(messages.map(({ data }) => data)).toEqual(['m 3', 'm 4', 'm 5', 'live']);
      expect(messages.map(({ id }) => id)).toEqual([...ids.slice(2), live]);
    }
  });

  test('R2: a cursor in the query does the same, and the header wins over it', async () => {
    const { url } = await bracket.start();
    const [first, second, third] = await publishAll(url, [{ message: '1' }, { message: '2' }, { message: 'end' }]);
    const query = `lastEventId=${first}`;
    expect(await readToEnd(await bracket.open(url, { query }))).toEqual([true, '2', 'end']);
    const both = await bracket.open(url, { query, headers: { 'Last-Event-ID': second as string } });
    expect(await readToEnd(both)).toEqual([true, 'end']);
    expect(both.lastEventId).toBe(third);
  });

  test('R2: an empty cursor is none', async () => {
    const { url } = await bracket.start();
    await bracket.published(url, { message: 'before' });
    const subscriber = await bracket.open(url, { query: 'lastEventId=', headers: { 'Last-Event-ID': '' } });
    expect(JSON.parse((await subscriber.next()).data)).toMatchObject({ resumed: false });
    await publish(url, { message: 'end' });
    expect(await subscriber.next()).toMatchObject({ data: 'end' });
  });

  test('R2: "earliest" is everything still in the log', async () => {
    const [a, b] = await bracket.pair();
    await publishAll(a.url, [
      { message: '1' },
      { message: 'other', channel: 'x' },
      { message: '2' },
      { message: 'end' },
    ]);
    const byHeader = await bracket.open(b.url, { headers: { 'Last-Event-ID': 'earliest' } });
    expect(await readToEnd(byHeader)).toEqual([true, '1', '2', 'end']);
    const byQuery = await bracket.open(b.url, { query: 'lastEventId=earliest&channel=x&channel=messages' });
    expect(await readToEnd(byQuery)).toEqual([true, '1', 'other', '2', 'end']);
  });

  test('R2: several channels share the one cursor', async () => {
    const { url } = await bracket.start();
    const ids = await publishAll(url, [
      { message: 'a1', channel: 'a' },
      { message: 'b1', channel: 'b' },
      { message: 'c1', channel: 'c' },
      { message: 'a2', channel: 'a' },
      { message: 'both', channel: ['b', 'a'] },
      { message: 'end', channel: 'b' },
    ]);
    const query = `channel=a&channel=b&lastEventId=${ids[0]}`;
    expect(await readToEnd(await bracket.open(url, { query }))).toEqual([true, 'b1', 'a2', 'both', 'end']);
    // A cursor may be a message of a channel that this stream never listened to.
    const other = `channel=a&channel=b&lastEventId=${ids[2]}`;
    expect(await readToEnd(await bracket.open(url, { query: other }))).toEqual([true, 'a2', 'both', 'end']);
  });

  test('R2: a stream opened with the newest id carries nothing but what follows', async () => {
    const { url } = await bracket.start();
    const id = await publish(url, { message: 'before' });
    const subscriber = await bracket.open(url, { query: `lastEventId=${id}` });
    expect(JSON.parse((await subscriber.next()).data)).toMatchObject({ resumed: true });
    await publish(url, { message: 'end' });
    expect(await subscriber.next()).toMatchObject({ data: 'end' });
  });

  test('R2: a stream that resumes amid publishing misses nothing and repeats nothing', async () => {
    const [a, b] = await bracket.pair();
    const first = await publish(a.url, { message: 'first' });
    let publishing = true;
    const ids: string[] = [];
    const published = (async () => {
      while (publishing) ids.push(...(await publishMany(a.url, 20, 'messages')));
    })();
    try {
      const readers: Subscriber[] = [];
      for (let i = 0; i < 30; i += 1) {
        const query = `lastEventId=${ids.at(-1) ?? first}`;
        readers.push(await bracket.open(i % 2 === 0 ? a.url : b.url, { query }));
      }
      publishing = false;
      await published;
      const end = await publish(a.url, { message: 'end' });
      for (const reader of readers) {
        const [open, ...events] = await reader.takeUntil(({ id }) => id === end);
        const expected = [...ids.slice(ids.indexOf(open?.id as string) + 1), end];
        expect(events.map(({ id }) => id)).toEqual(expected);
      }
    } finally {
      publishing = false;
    }
  });

  test('S7: last=N begins with the last N messages of the channels', async () => {
    const [a, b] = await bracket.pair();
    const channels = ['a', 'b', 'c', 'a', 'b', 'c', 'c'];
    await publishAll(
      a.url,
      channels.map((channel, i) => ({ message: `${i}`, channel })),
    );
    // b knows all of it: what it learns only after a stream has begun comes live.
    await bracket.published(b.url, { message: 'end', channel: 'a' });
    const end = (query: string) => bracket.open(b.url, { query }).then(readToEnd);
    expect(await end('channel=a&last=1')).toEqual([false, 'end']);
    expect(await end('channel=a&last=2')).toEqual([false, '3', 'end']);
    expect(await end('channel=a&channel=b&last=4')).toEqual([false, '1', '3', '4', 'end']);
    expect(await end('channel=a&last=1000')).toEqual([false, '0', '3', 'end']);
  });

  test('S7: last=0, and last=N of a channel without messages, begin with what is live', async () => {
    const { url } = await bracket.start();
    await bracket.published(url, { message: 'before' });
    const none = await bracket.subscribed(url, 'last=0');
    const empty = await bracket.subscribed(url, 'channel=empty&last=5');
    await publish(url, { message: 'end', channel: ['messages', 'empty'] });
    expect(await none.next()).toMatchObject({ data: 'end' });
    expect(await empty.next()).toMatchObject({ data: 'end' });
  });

  test('S7: a cursor wins over last', async () => {
    const { url } = await bracket.start();
    const ids = await publishAll(url, [{ message: '1' }, { message: '2' }, { message: 'end' }]);
    expect(await readToEnd(await bracket.open(url, { query: `last=3&lastEventId=${ids[1]}` }))).toEqual([true, 'end']);
  });
});
