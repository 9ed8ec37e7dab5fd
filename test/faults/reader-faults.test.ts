// What readers do to a cluster, and what is done to them: they stop reading, their connections are cut anywhere, and
// all of them come back at once.

import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { publish, publishMany } from '../support/publisher.ts';
import { type SeenEvent, Subscriber } from '../support/subscriber.ts';
import { describeWith } from '../support/tools.ts';
import { until } from '../support/until.ts';
import { FaultProxy } from './proxy.ts';
import { printedSeed, randomFrom } from './random.ts';
import { Reader } from './reader.ts';
import { HEARTBEAT_MS, type Servers, startServers, total } from './servers.ts';

const random = randomFrom(printedSeed());
const LIMIT_MS = 90_000;
const SLOW = 'fanfare_streams_closed_total{reason="slow"}';

let servers: Servers;
let channel = '';
let tests = 0;

/** A client that asks for a stream and never reads what it gets. */
function deafReader(url: string, channel: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.pause().on('error', () => undefined);
  socket.write(`GET /stream?channel=${encodeURIComponent(channel)} HTTP/1.1\r\nHost: lab\r\n\r\n`);
  onTestFinished(() => void socket.destroy());
  return socket;
}

function reader(url: string, name: string): Reader {
  const opened = new Reader({ name, url, channels: [channel], heartbeatMs: HEARTBEAT_MS });
  onTestFinished(() => opened.close());
  return opened;
}

/** The messages of a replay after `cursor`, read over a connection that ends early; an incomplete block is no event. */
async function readCut(url: string, cursor: string): Promise<SeenEvent[]> {
  const query = new URLSearchParams({ channel, lastEventId: cursor }).toString();
  let subscriber: Subscriber;
  try {
    subscriber = await Subscriber.open(url, { query });
  } catch {
    // Cut within the head.
    return [];
  }
  return subscriber.rest();
}

/** How many bytes a replay of so many messages has at least, without the head of the response. */
async function replayLength(url: string, cursor: string, messages: number): Promise<number> {
  const stream = await Subscriber.open(url, {
    query: new URLSearchParams({ channel, lastEventId: cursor }).toString(),
  });
  await stream.take(1 + messages);
  stream.close();
  return stream.text.length;
}

/** Commands of these kinds that Redis has carried out. */
async function redisReads(): Promise<number> {
  const stats = await servers.redis.client.info('commandstats');
  const calls = stats.matchAll(/^cmdstat_(?:xrange|xrevrange):calls=(\d+)/gm);
  return [...calls].reduce((sum, [, count]) => sum + Number(count), 0);
}

describeWith(['redis-server', 'nginx'], 'readers of a cluster', () => {
  beforeAll(async () => {
    servers = await startServers(random, true);
  });

  beforeEach(() => {
    tests += 1;
    channel = `readers ${tests}`;
  });

  afterAll(() => servers?.stop());

  test('R7: readers that stop reading are cut, and others get everything (0 resets)', {
    timeout: LIMIT_MS,
  }, async () => {
    const good = reader(servers.nginx.url, 'good');
    await until('it is subscribed', () => good.live);
    for (const { url } of servers.replicas) for (let count = 0; count < 3; count += 1) deafReader(url, channel);
    await until('all are connected', async () => (await total(servers, 'fanfare_streams')) === 10);
    const ids: string[] = [];
    while ((await total(servers, SLOW)) < 9) {
      ids.push(await publish(servers.nginx.url, { channel, message: 'x'.repeat(60_000) }));
      expect(ids.length).toBeLessThan(400);
    }
    await until('the good one has it all', () => good.cursor === ids.at(-1));
    expect(good.log.seen.map(({ kind, id }) => (kind === 'open' ? kind : id))).toEqual(['open', ...ids]);
  });

  test('R2, S3: a replay cut after any number of bytes goes on exactly (0 resets)', { timeout: LIMIT_MS }, async () => {
    const proxy = await FaultProxy.start(Number(new URL(servers.replicas[0].url).port), random);
    onTestFinished(() => proxy.stop());
    const url = `http://127.0.0.1:${proxy.port}`;
    const start = await publish(servers.nginx.url, { channel, message: 'before' });
    const ids = await publishMany(servers.nginx.url, 12, channel);
    const length = await replayLength(url, start, ids.length);
    for (let sample = 0; sample < 100; sample += 1) {
      proxy.faults = { cutAfterBytes: 1 + Math.floor(random() * length) };
      const first = await readCut(url, start);
      const cursor = first.findLast(({ id }) => id !== undefined)?.id ?? start;
      proxy.faults = { cutAfterBytes: 4_000 };
      const stream = await Subscriber.open(url, {
        query: new URLSearchParams({ channel, lastEventId: cursor }).toString(),
      });
      const owed = ids.length - first.filter(({ event }) => event === 'message').length;
      const rest = await stream.take(1 + owed);
      stream.close();
      const all = [...first, ...rest].filter(({ event }) => event !== 'fanfare:open' && event !== 'fanfare:heartbeat');
      expect(all.map(({ id, event, data }) => [id, event, data])).toEqual(
        ids.map((id, index) => [id, 'message', `${channel} ${index + 1}`]),
      );
    }
  });

  test('R5: 1,000 streams cut at once cost Redis no more than a few reads (0 resets)', {
    timeout: LIMIT_MS,
  }, async () => {
    const proxy = await FaultProxy.start(Number(new URL(servers.nginx.url).port), random);
    onTestFinished(() => proxy.stop());
    const readers = Array.from({ length: 1_000 }, (_, index) =>
      reader(`http://127.0.0.1:${proxy.port}`, `reader ${index}`),
    );
    await until('all are subscribed', () => readers.every(({ live }) => live));
    const before = await redisReads();
    const begun = performance.now();
    proxy.reset();
    const id = await publish(servers.nginx.url, { channel, message: 'while they are away' });
    await until('all have come back and have it', () =>
      readers.every(({ cursor, opens }) => opens > 1 && cursor === id),
    );
    const checks = ((performance.now() - begun) / 500 + 2) * 3;
    // Each replica looks at the log twice a second, with two reads; the clients add none of their own.
    expect((await redisReads()) - before).toBeLessThan(checks * 3 + 50);
    expect(readers.flatMap(({ log }) => log.seen).filter(({ kind }) => kind === 'reset')).toEqual([]);
  });
});
