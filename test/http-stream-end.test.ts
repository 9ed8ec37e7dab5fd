// How streams end: by age with notice, cut for not reading, refused for want of room; and that a cursor survives it.

import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { type Bracket, onEachBus } from './support/bracket.ts';
import { publish, publishAll } from './support/publisher.ts';
import { metric } from './support/replica.ts';
import { until } from './support/until.ts';

/** A client that asks for a stream and then reads nothing. */
function deafClient(bracket: Bracket, url: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  bracket.ending(() => socket.destroy());
  socket.on('error', () => undefined);
  socket.write('GET /stream HTTP/1.1\r\nHost: test\r\n\r\n');
  return socket.pause();
}

const LARGE = 'x'.repeat(60_000);

onEachBus('The end of a stream', (bracket) => {
  test('R7: a client that never reads is cut, and nobody else is held up', async () => {
    const replica = await bracket.start({ SLOW_CLIENT_BYTES: '65536', HISTORY_BYTES: '1000000000' });
    const reader = await bracket.subscribed(replica.url);
    deafClient(bracket, replica.url);
    await until('both streams are open', async () => (await metric(replica, 'fanfare_streams')) === 2);
    const ids: string[] = [];
    // The kernel takes some megabytes before anything stays with the replica.
    while ((await metric(replica, 'fanfare_streams_closed_total{reason="slow"}')) === 0) {
      ids.push(
        ...(await publishAll(
          replica.url,
          Array.from({ length: 16 }, () => ({ message: LARGE })),
        )),
      );
      expect(ids.length).toBeLessThan(2_000);
    }
    ids.push(await publish(replica.url, { message: 'after' }));
    expect((await reader.take(ids.length)).map(({ id }) => id)).toEqual(ids);
    expect(await metric(replica, 'fanfare_streams')).toBe(1);
    expect(await metric(replica, 'fanfare_buffered_bytes')).toBe(0);
  });

  test('R7: a client whose bytes do not move is cut, also while it catches up', async () => {
    const env = { SLOW_CLIENT_MS: '300', SLOW_CLIENT_BYTES: '1000000000', HISTORY_BYTES: '1000000000' };
    const replica = await bracket.start(env);
    const first = await publish(replica.url, { message: 'first' });
    const batch = Array.from({ length: 16 }, () => ({ message: LARGE }));
    const ids: string[] = [];
    while (ids.length < 400) ids.push(...(await publishAll(replica.url, batch)));
    const socket = connect(Number(new URL(replica.url).port), '127.0.0.1');
    bracket.ending(() => socket.destroy());
    socket.pause().on('error', () => undefined);
    socket.write(`GET /stream?lastEventId=${first} HTTP/1.1\r\nHost: test\r\n\r\n`);
    await until('it is cut', async () => (await metric(replica, 'fanfare_streams_closed_total{reason="slow"}')) === 1);
    const back = await bracket.open(replica.url, { query: `lastEventId=${first}` });
    expect((await back.take(ids.length + 1)).slice(1).map(({ id }) => id)).toEqual(ids);
  });

  test('R7: one that was cut for its slowness resumes where it was', async () => {
    const replica = await bracket.start({ SLOW_CLIENT_BYTES: '65536', HISTORY_BYTES: '1000000000' });
    const socket = deafClient(bracket, replica.url);
    await until('the stream is open', async () => (await metric(replica, 'fanfare_streams')) === 1);
    const ids: string[] = [];
    while ((await metric(replica, 'fanfare_streams_closed_total{reason="slow"}')) === 0) {
      ids.push(
        ...(await publishAll(
          replica.url,
          Array.from({ length: 16 }, () => ({ message: LARGE })),
        )),
      );
      expect(ids.length).toBeLessThan(2_000);
    }
    let text = '';
    const gone = new Promise((resolve) => socket.on('close', resolve));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    socket.resume();
    await gone;
    // Whole blocks alone count: an EventSource drops the one that was broken off.
    const seen = [...text.matchAll(/^id: (.*)\n(?=data: x+\n\n)/gm)].map((match) => match[1] as string);
    expect(seen).toEqual(ids.slice(0, seen.length));
    const cursor = seen.at(-1) ?? /^id: (.*)$/m.exec(text)?.[1] ?? 'earliest';
    const back = await bracket.open(replica.url, { query: `lastEventId=${cursor}` });
    const missed = await back.takeUntil(({ id, event }) => id === ids.at(-1) && event === 'message');
    expect(missed.slice(1).map(({ id }) => id)).toEqual(ids.slice(seen.length));
  });

  test('R8, R10: an old stream gets a retry and the reason, ends, and resumes', async () => {
    const [a, b] = await bracket.pair({ MAX_AGE_MS: '1000', RETRY_MS: '400' });
    const opened = performance.now();
    const subscriber = await bracket.subscribed(a.url);
    const cursor = await publish(a.url, { message: 'before' });
    const events = await subscriber.rest();
    expect(performance.now() - opened).toBeGreaterThan(790);
    expect(events).toEqual([
      { id: cursor, event: 'message', data: 'before' },
      { id: undefined, event: 'fanfare:close', data: '{"reason":"age"}' },
    ]);
    expect(subscriber.text).toMatch(/retry: \d+\n\nevent: fanfare:close\ndata: \{"reason":"age"\}\n\n$/);
    expect(subscriber.retries).toHaveLength(2);
    expect(subscriber.retries[1]).toBeGreaterThanOrEqual(300);
    expect(subscriber.retries[1]).toBeLessThanOrEqual(500);
    expect(await metric(a, 'fanfare_streams_closed_total{reason="age"}')).toBe(1);
    const missed = await publish(a.url, { message: 'missed' });
    const back = await bracket.open(b.url, { headers: { 'Last-Event-ID': cursor } });
    expect((await back.take(2)).map(({ id }) => id)).toEqual([cursor, missed]);
  });

  test('R8: stopping a replica closes its streams with the reason, and counts them', async () => {
    const replica = await bracket.start();
    const subscribers = await Promise.all([1, 2, 3].map(() => bracket.subscribed(replica.url)));
    const id = await publish(replica.url, { message: 'last' });
    for (const subscriber of subscribers) expect(await subscriber.next()).toMatchObject({ id });
    await replica.stop();
    for (const subscriber of subscribers) {
      expect(await subscriber.rest()).toEqual([{ id: undefined, event: 'fanfare:close', data: '{"reason":"drain"}' }]);
    }
  });
});
