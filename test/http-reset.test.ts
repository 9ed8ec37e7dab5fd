// No silent gap: where a cursor's next message cannot be given, the stream says so once, before anything else.

import { expect, test } from 'vitest';
import { onEachBus } from './support/bracket.ts';
import { publish, publishMany } from './support/publisher.ts';
import { metric } from './support/replica.ts';
import type { SeenEvent, Subscriber } from './support/subscriber.ts';

const json = (event: SeenEvent | undefined) => JSON.parse(event?.data ?? '') as unknown;

/** Expects a stream that could not be resumed to say so, and returns the cursor that it goes on from. */
async function expectReset(subscriber: Subscriber, reason: string, requested: string): Promise<string> {
  expect(subscriber.status).toBe(200);
  const [open, reset] = await subscriber.take(2);
  expect(open).toMatchObject({ event: 'fanfare:open' });
  expect(json(open)).toMatchObject({ resumed: false });
  expect(reset).toMatchObject({ event: 'fanfare:reset' });
  expect(json(reset)).toEqual({ reason, requested });
  expect(reset?.id).toMatch(/./);
  // Who is cut off between the two comes back to before the gap.
  expect(open?.id).not.toBe(reset?.id);
  return reset?.id as string;
}

onEachBus('A cursor that cannot be resumed', (bracket) => {
  test.each([
    ['header', (cursor: string) => ({ headers: { 'Last-Event-ID': cursor } })],
    ['query', (cursor: string) => ({ query: `lastEventId=${encodeURIComponent(cursor)}` })],
  ])('R3: one that is malformed, in the %s, goes on from now with "unknown"', async (_where, options) => {
    const { url } = await bracket.start();
    const newest = await bracket.published(url, { message: 'before' });
    const malformed = [
      'x',
      '1',
      '-',
      '1-',
      '01-0',
      '1-0-0',
      'EARLIEST',
      '-1-0',
      '1234567890123456-0',
      'x'.repeat(5_000),
    ];
    const subscribers: Subscriber[] = [];
    for (const cursor of malformed) {
      const subscriber = await bracket.open(url, options(cursor));
      expect(await expectReset(subscriber, 'unknown', cursor)).toBe(newest);
      subscribers.push(subscriber);
    }
    const id = await publish(url, { message: 'after' });
    for (const subscriber of subscribers)
      expect(await subscriber.next()).toEqual({ id, event: 'message', data: 'after' });
  });

  test.each(['trimmed', 'unknown'])('R3: who is cut off between open and reset is told “%s” again', async (reason) => {
    const { url } = await bracket.start({ HISTORY_SIZE: '5' });
    const seen = await publish(url, { message: 'seen' });
    for (let n = 0; n < 20; n += 1) await publish(url, { message: `${n}` });
    const cut = await bracket.open(url, { headers: { 'Last-Event-ID': reason === 'trimmed' ? seen : 'nonsense' } });
    const [opened] = await cut.take(1);
    const kept = opened?.id as string;
    await expectReset(await bracket.open(url, { headers: { 'Last-Event-ID': kept } }), reason, kept);
  });

  test('R3: one with line ends and NUL in it cannot write into the stream', async () => {
    const { url } = await bracket.start();
    const cursor = 'a\nid: 1\n\ndata: x\r\0';
    const subscriber = await bracket.open(url, { query: `lastEventId=${encodeURIComponent(cursor)}` });
    await expectReset(subscriber, 'unknown', cursor);
    await publish(url, { message: 'after' });
    expect(await subscriber.next()).toMatchObject({ data: 'after' });
  });

  test('R3: one that is not UTF-8 is unknown, where a channel that is not is refused', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.open(url, { query: 'channel=messages&lastEventId=%ff%' });
    await expectReset(subscriber, 'unknown', '\ufffd%');
    await publish(url, { message: 'after' });
    expect(await subscriber.next()).toMatchObject({ data: 'after' });
    for (const query of ['lastEventId=1-1&channel=%ff', 'channel=%ff&lastEventId=1-1', 'xlastEventId=%ff'])
      expect((await bracket.open(url, { query })).status).toBe(400);
  });

  test('R3: one that the log has not come to goes on from now with "unknown"', async () => {
    const { url } = await bracket.start();
    const newest = await bracket.published(url, { message: 'before' });
    const [time, sequence] = newest.split('-').map(Number) as [number, number];
    for (const cursor of [`${time}-${sequence + 1}`, `${time + 3_600_000}-0`, '999999999999999-0']) {
      const subscriber = await bracket.open(url, { query: `lastEventId=${cursor}` });
      expect(await expectReset(subscriber, 'unknown', cursor)).toBe(newest);
    }
  });

  test.each(['1-0', '1600000000000-7', '0-1', '0-0'])(
    'R3: %s, from before the log began, goes on with all that is there and "lost"',
    async (cursor) => {
      const { url } = await bracket.start();
      const id = await publish(url, { message: 'first' });
      const subscriber = await bracket.open(url, { query: `lastEventId=${cursor}` });
      await expectReset(subscriber, 'lost', cursor);
      expect(await subscriber.next()).toEqual({ id, event: 'message', data: 'first' });
      await publish(url, { message: 'live' });
      expect(await subscriber.next()).toMatchObject({ data: 'live' });
    },
  );

  test('R3: one whose next message was trimmed goes on with the oldest that is there and "trimmed"', async () => {
    const [a, b] = await bracket.pair({ HISTORY_SIZE: '10' });
    const cursor = await publish(a.url, { message: 'cursor' });
    const ids = [...(await publishMany(a.url, 30, 'messages')), ...(await publishMany(a.url, 30, 'messages'))];
    const subscriber = await bracket.open(b.url, { query: `lastEventId=${cursor}` });
    const position = await expectReset(subscriber, 'trimmed', cursor);
    const seen = (await subscriber.takeUntil(({ id }) => id === ids.at(-1))).map(({ id }) => id);
    expect(seen.length).toBeGreaterThanOrEqual(10);
    expect(seen).toEqual(ids.slice(-seen.length));
    expect(position).toBe(ids.at(-seen.length - 1));
    expect(await metric(b, 'fanfare_resets_total{reason="trimmed"}')).toBe(1);
  });

  test('R3: the position of a reset is a cursor: coming back with it is no reset', async () => {
    const { url } = await bracket.start({ HISTORY_SIZE: '10' });
    const cursor = await publish(url, { message: 'cursor' });
    const ids = [...(await publishMany(url, 30, 'messages')), ...(await publishMany(url, 30, 'messages'))];
    const first = await bracket.open(url, { query: `lastEventId=${cursor}` });
    const position = await expectReset(first, 'trimmed', cursor);
    const again = await bracket.open(url, { query: `lastEventId=${position}` });
    const [open, ...events] = await again.takeUntil(({ id }) => id === ids.at(-1));
    expect(json(open)).toMatchObject({ resumed: true });
    expect(events.map(({ event }) => event)).toEqual(events.map(() => 'message'));
    expect(events.map(({ id }) => id)).toEqual(ids.slice(-events.length));
  });

  test('R3: a trimmed log whose other channels filled it says so to a channel that lost nothing', async () => {
    const { url } = await bracket.start({ HISTORY_SIZE: '10' });
    const cursor = await publish(url, { message: 'mine', channel: 'mine' });
    await publishMany(url, 30, 'busy');
    await publishMany(url, 30, 'busy');
    // Whether one of the trimmed messages was for this channel, nobody knows any more.
    const subscriber = await bracket.open(url, { query: `channel=mine&lastEventId=${cursor}` });
    await expectReset(subscriber, 'trimmed', cursor);
    const id = await publish(url, { message: 'next', channel: 'mine' });
    expect(await subscriber.next()).toMatchObject({ id });
  });

  test('R2: "earliest" and last=N of a trimmed log give what is there, and no reset', async () => {
    const [a, b] = await bracket.pair({ HISTORY_SIZE: '10' });
    const ids = [...(await publishMany(a.url, 30, 'messages')), ...(await publishMany(a.url, 30, 'messages'))];
    for (const query of ['lastEventId=earliest', 'last=1000']) {
      const subscriber = await bracket.open(b.url, { query });
      const [open, ...events] = await subscriber.takeUntil(({ id }) => id === ids.at(-1));
      expect(json(open)).toMatchObject({ resumed: query.includes('earliest') });
      expect(events.length).toBeGreaterThanOrEqual(9);
      expect(events.map(({ id }) => id)).toEqual(ids.slice(-events.length));
    }
  });
});
