// How a stream begins: its head, what it refuses, and the event that says it is subscribed.

import { expect, test } from 'vitest';
import { ask } from './support/ask.ts';
import { onEachBus } from './support/bracket.ts';
import { problemDetail, publish } from './support/publisher.ts';
import { metric } from './support/replica.ts';

const named = (count: number) => Array.from({ length: count }, (_, i) => `channel=c${i}`).join('&');

onEachBus('GET /stream', (bracket) => {
  test('S1: the head is exactly what an event stream needs, and what keeps it from being taken for something else', async () => {
    const { url } = await bracket.start();
    const { status, headers } = await bracket.open(url);
    const { date, ...rest } = headers;
    expect(status).toBe(200);
    expect(Date.parse(date as string)).not.toBeNaN();
    expect(rest).toEqual({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'close',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    });
  });

  test('S1: HEAD gives the headers and no stream', async () => {
    const replica = await bracket.start();
    const { status, headers, text } = await ask(`${replica.url}/stream?channel=a`, { method: 'HEAD' });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/event-stream');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(text).toBe('');
    expect(await metric(replica, 'fanfare_streams_opened_total{resumed="false"}')).toBe(0);
    expect(await ask(`${replica.url}/stream?channel=`, { method: 'HEAD' })).toMatchObject({ status: 400 });
  });

  test('S1: a stream begins with a retry around RETRY_MS, and streams differ in it', async () => {
    const { url } = await bracket.start({ RETRY_MS: '40000' });
    const streams = await Promise.all(Array.from({ length: 8 }, () => bracket.subscribed(url)));
    for (const { text, retries } of streams) {
      expect(text).toMatch(/^retry: \d+\n\n/);
      expect(retries).toHaveLength(1);
      expect(retries[0]).toBeGreaterThanOrEqual(30_000);
      expect(retries[0]).toBeLessThanOrEqual(50_000);
    }
    expect(new Set(streams.map(({ retries }) => retries[0])).size).toBeGreaterThan(1);
  });

  test('S1: 100 channels are taken and each gets its messages', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url, named(100));
    const ids: string[] = [];
    for (let i = 0; i < 100; i += 1) ids.push(await publish(url, { message: `to ${i}`, channel: `c${i}` }));
    const seen = await subscriber.take(100);
    expect(seen).toEqual(ids.map((id, i) => ({ id, event: 'message', data: `to ${i}` })));
  });

  test('S1: 101 channels are refused; a channel named twice counts once', async () => {
    const { url } = await bracket.start();
    expect(problemDetail(await ask(`${url}/stream?${named(101)}`), 400)).toContain('100 channels, not 101');
    const subscriber = await bracket.subscribed(url, `${named(100)}&channel=c5`);
    await publish(url, { message: 'm', channel: 'c5' });
    await publish(url, { message: 'after', channel: 'c6' });
    expect((await subscriber.take(2)).map(({ data }) => data)).toEqual(['m', 'after']);
  });

  test('S1: a URL over 16 KB is refused, one under it is taken', async () => {
    const { url } = await bracket.start();
    const path = '/stream?channel=a&x=';
    expect(problemDetail(await ask(`${url}${path}${'x'.repeat(16_385 - path.length)}`), 414)).toContain('16384');
    await bracket.subscribed(url, `channel=a&x=${'x'.repeat(16_384 - path.length)}`);
  });

  test.each([
    ['that is empty', 'channel=', 'empty'],
    ['with a line end', 'channel=a%0Ab', 'control character'],
    ['with NUL', 'channel=a%00', 'control character'],
    ['of 256 bytes', `channel=${'x'.repeat(256)}`, '255 bytes'],
    ['beside a good one', 'channel=good&channel=a%0D', 'control character'],
    ['that is no UTF-8', 'channel=%FF', 'UTF-8'],
  ])('S1: a channel %s is refused', async (_what, query, why) => {
    const replica = await bracket.start();
    expect(problemDetail(await ask(`${replica.url}/stream?${query}`), 400)).toContain(why);
    expect(await metric(replica, 'fanfare_streams_rejected_total{reason="bad_request"}')).toBe(1);
  });

  test.each(['1001', '-1', 'x', '1.5', '00005'])('S7: last=%s is refused', async (last) => {
    const { url } = await bracket.start();
    expect(problemDetail(await ask(`${url}/stream?last=${last}`), 400)).toContain('"last"');
  });

  test('S2: the first event says where the stream starts and what it listens to', async () => {
    const { url } = await bracket.start({ REPLICA: 'née "1"' });
    const before = await bracket.published(url, { message: 'before', channel: 'elsewhere' });
    const subscriber = await bracket.open(url, { query: 'channel=b&channel=%C3%A4+%26&channel=b' });
    const { id, event, data } = await subscriber.next();
    expect({ id, event }).toEqual({ id: before, event: 'fanfare:open' });
    expect(JSON.parse(data)).toEqual({ replica: 'née "1"', channels: ['b', 'ä &'], resumed: false });
  });

  test('S2: the default channel is named in the first event', async () => {
    const { url } = await bracket.start();
    const { data } = await (await bracket.open(url)).next();
    expect(JSON.parse(data)).toMatchObject({ channels: ['messages'] });
  });

  test('S2: what is acknowledged after the first event arrives, to any replica', async () => {
    const [a, b] = await bracket.pair();
    for (let round = 0; round < 20; round += 1) {
      const subscriber = await bracket.subscribed(a.url, `channel=${round}`);
      const id = await publish(b.url, { message: 'm', channel: `${round}` });
      expect(await subscriber.next()).toEqual({ id, event: 'message', data: 'm' });
    }
  });

  test('S2: a stream that saw no message resumes from its first event', async () => {
    const [a, b] = await bracket.pair();
    const subscriber = await bracket.open(a.url);
    const { id: cursor } = await subscriber.next();
    subscriber.close();
    const id = await publish(b.url, { message: 'missed' });
    const back = await bracket.open(b.url, { headers: { 'Last-Event-ID': cursor as string } });
    const [open, message] = await back.take(2);
    expect(open).toMatchObject({ id: cursor, event: 'fanfare:open' });
    expect(JSON.parse(open?.data ?? '')).toMatchObject({ resumed: true });
    expect(message).toEqual({ id, event: 'message', data: 'missed' });
  });
});
