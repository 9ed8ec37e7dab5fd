// Streams and connections: how many a replica takes, when it takes none, and what else travels on the same socket.

import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { onEachBus } from './support/bracket.ts';
import { postForm, problemDetail, publish } from './support/publisher.ts';
import { freePort } from './support/redis.ts';
import { metric, startReplica } from './support/replica.ts';
import { until } from './support/until.ts';

async function askForStream(url: string) {
  const response = await fetch(`${url}/stream`);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

onEachBus('Connections', (bracket) => {
  test('S1: over MAX_CONNECTIONS a stream is refused, until another ends', async () => {
    const replica = await bracket.start({ MAX_CONNECTIONS: '2' });
    const first = await bracket.subscribed(replica.url);
    await bracket.subscribed(replica.url);
    const refused = await askForStream(replica.url);
    expect(problemDetail(refused, 503)).toContain('all the streams');
    expect(refused.headers.get('connection')).toBe('close');
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await metric(replica, 'fanfare_streams_rejected_total{reason="capacity"}')).toBe(1);
    first.close();
    await until('the first stream has ended', async () => (await metric(replica, 'fanfare_streams')) === 1);
    await bracket.subscribed(replica.url);
  });

  test('S1: a stream that is asked for in the middle of other answers comes after them', async () => {
    const { url } = await bracket.start();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    bracket.ending(() => socket.destroy());
    let text = '';
    const has = (what: string) => until(what, () => text.includes(what));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`;
    socket.write(get('/livez') + get('/nothing') + get('/stream?channel=a'));
    await has('fanfare:open');
    const id = await publish(url, { message: 'through', channel: 'a' });
    await has('data: through');
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual(['200', '404', '200']);
    const stream = text.slice(text.lastIndexOf('HTTP/1.1'));
    expect(stream).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:[\w-]+: .*\r\n)+\r\nretry: \d+\n\nid: \S+\nevent: fanfare:open\n/);
    expect(stream.endsWith(`\n\nid: ${id}\ndata: through\n\n`)).toBe(true);
    expect(stream).not.toMatch(/transfer-encoding/i);
  });

  test('S1: what is sent behind a stream, where it could only pile up, ends it', async () => {
    const replica = await bracket.start();
    const socket = connect(Number(new URL(replica.url).port), '127.0.0.1');
    bracket.ending(() => socket.destroy());
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const ended = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined).write('GET /stream HTTP/1.1\r\nHost: test\r\n\r\n');
    await until('the stream is open', () => text.includes('fanfare:open'));
    socket.write('GET /livez HTTP/1.1\r\nHost: test\r\n\r\n');
    await ended;
    await until('the stream has ended', async () => (await metric(replica, 'fanfare_streams')) === 0);
  });

  test('S1: a stream goes to HTTP/1.0 as it is', async () => {
    const { url } = await bracket.start();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    bracket.ending(() => socket.destroy());
    socket.write('GET /stream HTTP/1.0\r\n\r\n');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await until('the stream is open', () => text.includes('fanfare:open'));
    const id = await publish(url, { message: 'm' });
    await until('the message', () => text.endsWith(`id: ${id}\ndata: m\n\n`));
  });

  test('R9: streams of clients that vanish are let go', async () => {
    const replica = await bracket.start({ HEARTBEAT_MS: '100' });
    const subscribers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => bracket.subscribed(replica.url, `channel=${i}`)),
    );
    expect(await metric(replica, 'fanfare_streams')).toBe(50);
    expect(await metric(replica, 'fanfare_channels')).toBe(50);
    for (const subscriber of subscribers) subscriber.close();
    await until('all are gone', async () => (await metric(replica, 'fanfare_streams')) === 0);
    expect(await metric(replica, 'fanfare_streams_closed_total{reason="client"}')).toBe(50);
    expect(await metric(replica, 'fanfare_channels')).toBe(0);
  });
});

test('S1, P5: before a replica knows the log, it refuses streams and publishes, and closes the connection', async () => {
  const replica = await startReplica({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
  try {
    const refused = await askForStream(replica.url);
    expect(problemDetail(refused, 503)).toContain('does not know the log');
    expect(refused.headers.get('connection')).toBe('close');
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await metric(replica, 'fanfare_streams_rejected_total{reason="unready"}')).toBe(1);
    expect(await metric(replica, 'fanfare_streams_rejected_total{reason="capacity"}')).toBe(0);
    const unsent = await postForm(replica.url, 'message=m');
    expect(problemDetail(unsent, 503)).toContain('Idempotency-Key');
    expect(unsent.headers.get('retry-after')).toMatch(/^\d+$/);
    // A request that can never be served is told so all the same.
    expect((await fetch(`${replica.url}/stream?channel=`)).status).toBe(400);
    expect((await fetch(`${replica.url}/livez`)).status).toBe(200);
    const unready = await fetch(`${replica.url}/readyz`);
    expect(unready.status).toBe(503);
    const { reasons } = (await unready.json()) as { reasons: string[] };
    expect(reasons).toContain('Redis cannot be reached');
    expect(await metric(replica, 'fanfare_ready')).toBe(0);
    expect(replica.errors).toEqual([]);
  } finally {
    await replica.stop();
  }
});
