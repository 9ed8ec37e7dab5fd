// What is done to the connections of readers: they are cut after every number of bytes, and all of them at once.

import { connect } from 'node:net';
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
let servers: Servers;
let channel = '';
let tests = 0;

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

/** Pages of the log that were read: whatever asks Redis for anything looks at the newest entry once, and at the oldest. */
async function pagesRead(): Promise<number> {
  const stats = await servers.redis.client.info('commandstats');
  const calls = (command: string) => Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0);
  return calls('xrange') - calls('xrevrange');
}

/** Streams that could not go on from a replica's memory. */
const RESUMED_FROM_LOG = 'fanfare_resumes_total{source="log",result="complete"}';

/** How many bytes the head of the response has, which a replay comes after. */
async function headLength(url: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write('GET /stream HTTP/1.1\r\nHost: lab\r\n\r\n');
  let head = '';
  for await (const bytes of socket) {
    head += (bytes as Buffer).toString('latin1');
    if (head.includes('\r\n\r\n')) break;
  }
  return head.indexOf('\r\n\r\n') + 4;
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

  test('R2, S3: a replay cut anywhere in its head, or after 1, 2, 3 … 400 bytes, goes on exactly (0 resets)', {
    timeout: LIMIT_MS,
  }, async () => {
    const proxy = await FaultProxy.start(Number(new URL(servers.replicas[0].url).port), random);
    onTestFinished(() => proxy.stop());
    const url = `http://127.0.0.1:${proxy.port}`;
    const start = await publish(servers.nginx.url, { channel, message: 'before' });
    const ids = await publishMany(servers.nginx.url, 12, channel);
    const head = await headLength(url);
    for (let bytes = 1 - head; bytes <= 400; bytes += 1) {
      proxy.faults = { cutAfterBytes: head + bytes };
      const first = await readCut(url, start);
      const cursor = first.findLast(({ id }) => id !== undefined)?.id ?? start;
      proxy.heal();
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

  test('R5: 5,000 streams cut at once cost Redis a few reads at most (0 resets)', { timeout: LIMIT_MS }, async () => {
    const readers = Array.from({ length: 5_000 }, (_, index) => reader(servers.nginx.url, `reader ${index}`));
    await until('all are subscribed', () => readers.every(({ live }) => live), LIMIT_MS / 2);
    await publish(servers.nginx.url, { channel, message: 'before' });
    const before = await pagesRead();
    const fromLog = await total(servers, RESUMED_FROM_LOG);
    await servers.nginx.kill();
    await publish(servers.replicas[0].url, { channel, message: 'while they are away' });
    await servers.nginx.start();
    const id = await publish(servers.replicas[1].url, { channel, message: 'after' });
    const back = () => readers.every(({ cursor, opens }) => opens > 1 && cursor === id);
    await until('all have come back and have it', back, LIMIT_MS / 2);
    // None for them: but a replica that is busy with them may look for a frame that is late.
    expect((await pagesRead()) - before).toBeLessThan(10);
    // One read can answer many of them, so the reads alone do not tell.
    expect((await total(servers, RESUMED_FROM_LOG)) - fromLog).toBe(0);
    const seen = readers.map(({ log }) => log.seen.filter(({ kind }) => kind !== 'open'));
    for (const events of seen) {
      expect(events.map((event) => (event.kind === 'message' ? event.body : event.kind))).toEqual([
        'before',
        'while they are away',
        'after',
      ]);
    }
  });
});
