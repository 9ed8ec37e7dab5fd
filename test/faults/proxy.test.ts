// The bad line is bad as it says: what it does to bytes is seen at the other end of a real connection.

import { type EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { startRedis } from '../support/redis.ts';
import { describeWith } from '../support/tools.ts';
import { until } from '../support/until.ts';
import { FaultProxy } from './proxy.ts';
import { printedSeed, randomFrom } from './random.ts';
import { isPubSubMessage } from './resp.ts';

const random = randomFrom(printedSeed());

/** A client behind the proxy, and the server's end of its connection. */
async function line(): Promise<{ proxy: FaultProxy; client: Socket; server: Socket; pieces: Buffer[] }> {
  const listener = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const proxy = await FaultProxy.start((listener.address() as AddressInfo).port, random);
  const client = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true });
  client.on('error', () => undefined);
  const [server] = (await once(listener, 'connection')) as [Socket];
  server.on('error', () => undefined);
  const pieces: Buffer[] = [];
  client.on('data', (bytes: Buffer) => pieces.push(bytes));
  onTestFinished(async () => {
    listener.close();
    await proxy.stop();
  });
  return { proxy, client, server, pieces };
}

/** As `once`, although an error comes before. */
const gone = (one: EventEmitter, event: string) => new Promise((resolve) => one.on(event, resolve));
const received = (pieces: readonly Buffer[]) => Buffer.concat(pieces).toString();
const TEXT = 'x'.repeat(1_000);

test('a line without faults carries both ways what it is given', async () => {
  const { client, server, pieces } = await line();
  server.once('data', (bytes) => server.write(`${bytes} back`));
  client.write('there');
  await until('it is back', () => received(pieces) === 'there back');
});

test('latency and a limit make it slow, and lose nothing', async () => {
  const { proxy, server, pieces } = await line();
  proxy.faults = { latencyMs: 50, jitterMs: 50, bytesPerSecond: 4_000, sliceBytes: 100 };
  const begun = performance.now();
  server.write(TEXT);
  await until('it is there', () => received(pieces) === TEXT);
  expect(performance.now() - begun).toBeGreaterThan(280);
});

test('slices come one by one', async () => {
  const { proxy, server, pieces } = await line();
  proxy.faults = { bytesPerSecond: 4_000, sliceBytes: 100 };
  server.write(TEXT);
  await until('it is there', () => received(pieces) === TEXT);
  expect(pieces.length).toBeGreaterThan(5);
});

test('a black hole holds what goes in, takes no more than buffers do, and gives it back when it heals', async () => {
  const { proxy, server, pieces } = await line();
  proxy.faults = { blackHole: true };
  const much = Buffer.alloc(30_000_000, 'x');
  server.write(much);
  await until('the sender is held up', () => server.writableNeedDrain && server.bytesWritten > 0);
  expect(pieces).toEqual([]);
  proxy.heal();
  await until('all of it is there', () => pieces.reduce((sum, { length }) => sum + length, 0) === much.length);
});

test('a cut comes after exactly so many bytes', async () => {
  const { proxy, client, server, pieces } = await line();
  proxy.faults = { cutAfterBytes: 300 };
  server.write(TEXT);
  await once(client, 'close');
  expect(received(pieces)).toBe(TEXT.slice(0, 300));
});

test('a reset ends both ends', async () => {
  const { proxy, client, server } = await line();
  const closed = Promise.all([client, server].map((socket) => gone(socket, 'close')));
  proxy.reset();
  await closed;
  expect(proxy.connections).toBe(0);
});

describeWith(['redis-server'], 'before Redis', () => {
  test('the second of three messages is swallowed, and a reply is cut with its connection', async () => {
    const redis = await startRedis();
    const proxy = await FaultProxy.start(redis.port, random, { replies: true });
    const subscriber = new Redis({ port: proxy.port, retryStrategy: () => null });
    onTestFinished(async () => {
      subscriber.disconnect();
      await proxy.stop();
      await redis.end();
    });
    subscriber.on('error', () => undefined);
    const heard: string[] = [];
    subscriber.on('message', (_channel, message) => heard.push(message));
    await subscriber.subscribe('c');
    let count = 0;
    proxy.filter = (reply) => (isPubSubMessage(reply) && ++count === 2 ? 'swallow' : 'pass');
    for (const message of ['one', 'two', 'three\r\n$3\r\n']) await redis.client.publish('c', message);
    await until('the last is heard', () => heard.length === 2);
    expect(heard).toEqual(['one', 'three\r\n$3\r\n']);
    proxy.filter = () => 'cut';
    const ended = gone(subscriber, 'end');
    await redis.client.publish('c', 'four');
    await ended;
    expect(heard).toHaveLength(2);
  });
});
