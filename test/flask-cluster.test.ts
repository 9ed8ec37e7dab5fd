// A Flask app that knows nothing of Fanfare, with the real flask_sse under gunicorn and gevent, publishes; three replicas
// behind nginx take it in, and die, freeze and stop meanwhile.

import { EventSource } from 'eventsource';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Audience, type Cluster, servedBy, startCluster } from './support/cluster.ts';
import { type FlaskApp, startFlaskApp } from './support/flask-app.ts';
import { allReady, holders, INTAKE } from './support/flask-intake.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { metric } from './support/replica.ts';
import type { OpenEventSource } from './support/subscriber.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const NAMES = ['one', 'two', 'three'];
// F4: the longest that nobody takes messages in after who does has died.
const TAKEN_OVER_MS = 3_000;
// flask_sse connects to Redis anew for each message, so thousands of them take their time.
const LIMIT_MS = 120_000;

let redis: RedisServer;
let app: FlaskApp;
let cluster: Cluster;
let audience: Audience;

/** As flask_sse writes it, after Python's json. */
const written = (message: string) => `{"message": "${message}"}`;
const dataOf = ({ messages }: OpenEventSource) => messages.map(({ data }) => data);
const replicas = () => [...cluster.replicas];

async function holder(): Promise<Cluster['replicas'][number]> {
  let found: Cluster['replicas'][number] | undefined;
  await until('one takes messages in', async () => {
    const running = replicas().filter(({ process }) => process.running);
    [found] = await holders(running);
    return found !== undefined;
  });
  return found as Cluster['replicas'][number];
}

/** Publishes `<name> 0` to `<name> <count - 1>`, and calls `act` when some hundred have come. */
async function publishWhile(streams: readonly OpenEventSource[], name: string, count: number, act: () => void) {
  const before = streams.map(({ messages }) => messages.length);
  const sent = app.post('/many', { name, count: String(count) });
  await until('some have come', () =>
    streams.every(({ messages }, index) => messages.length > (before[index] ?? 0) + 300),
  );
  act();
  await sent;
}

/** Expects on every stream exactly `<name> 0` to `<name> <count - 1>` of each name, in order, and no reset. */
async function expectMany(streams: readonly OpenEventSource[], names: readonly string[], count: number): Promise<void> {
  const all = names.flatMap((name) => Array.from({ length: count }, (_, number) => written(`${name} ${number}`)));
  const last = all.at(-1) as string;
  await until(`${last} is on every stream`, () => streams.every((stream) => dataOf(stream).includes(last)));
  for (const stream of streams) {
    expect(dataOf(stream)).toEqual(all);
    expect(stream.named.filter(({ event }) => event === 'fanfare:reset')).toEqual([]);
  }
}

describeWith(['redis-server', 'nginx', 'flask'], 'a Flask app and a cluster behind nginx', () => {
  beforeAll(async () => {
    redis = await startRedis();
    app = await startFlaskApp(redis.url);
    cluster = await startCluster({ REDIS_URL: redis.url, DRAIN_MS: '1000', ...INTAKE });
  });

  beforeEach(() => {
    audience = new Audience(cluster.url);
  });

  afterEach(async () => {
    audience.close();
    await cluster.restore();
    await allReady(replicas());
  });

  afterAll(async () => {
    await cluster?.stop();
    await app?.stop();
    await redis?.end();
  });

  test('F1: what is sent with the form of the tutorial appears on all replicas, as on the app’s own stream', async () => {
    const page = await (await fetch(app.url)).text();
    expect(page).toContain('<button type="submit">发送</button>');
    const streams = await audience.openOnEach(NAMES, 1, 'messages');
    const there: string[] = [];
    const own = new EventSource(`${app.url}/stream?channel=messages`);
    own.onmessage = ({ data }) => there.push(String(data));
    try {
      const listening = async () => (await redis.client.pubsub('NUMSUB', 'messages'))[1] === 4;
      await until('the app’s own stream listens, beside the replicas', listening);
      for (const message of ['hello', '发送', 'a\r\nb', '"quoted"']) await app.post('/send', { message });
      const heard = () => [...streams.map(dataOf), there];
      await until('all have come', () => heard().every(({ length }) => length === 4));
      for (const stream of streams) expect(dataOf(stream)).toEqual(there);
      expect(there.map((data) => JSON.parse(data).message)).toEqual(['hello', '发送', 'a\r\nb', '"quoted"']);
    } finally {
      own.close();
    }
  });

  test('F1: type and retry are taken as flask_sse gives them, and ids are the log’s', async () => {
    const stream = await audience.open('sse', ['greeting']);
    await app.post('/greet', { message: 'hi', id: 'my own' });
    await until('it has come', () => stream.named.some(({ event }) => event === 'greeting'));
    const greeting = stream.named.at(-1);
    expect(greeting).toEqual({ id: expect.stringMatching(/^\d+-\d+$/), event: 'greeting', data: written('hi') });
  });

  test(
    'F4: who takes messages in is killed: another does within 3 s, and nothing is lost or doubled',
    async () => {
      const streams = await audience.openOnEach(NAMES, 1, 'messages');
      const victim = await holder();
      let killedAt = 0;
      const sent = publishWhile(streams, 'killed', 2_000, () => {
        victim.process.signal('SIGKILL');
        killedAt = performance.now();
      });
      await until('it is gone', () => !victim.process.running);
      await holder();
      expect(performance.now() - killedAt).toBeLessThan(TAKEN_OVER_MS);
      await sent;
      await expectMany(streams, ['killed'], 2_000);
    },
    LIMIT_MS,
  );

  test(
    'F4: who takes messages in is frozen for longer than its lease: what it does when it wakes adds nothing',
    async () => {
      const streams = await audience.openOnEach(NAMES, 1, 'messages');
      const frozen = await holder();
      const awake = streams.filter((stream) => servedBy(stream)[0] !== frozen.name);
      try {
        await publishWhile(streams, 'frozen', 2_000, () => frozen.process.signal('SIGSTOP'));
        await expectMany(awake, ['frozen'], 2_000);
      } finally {
        frozen.process.signal('SIGCONT');
      }
      await until('it knows', async () => (await metric(frozen, 'fanfare_flask_intake')) === 0);
      await app.post('/send', { message: 'last' });
      const last = written('last');
      await until('the last is on every stream', () => streams.every((stream) => dataOf(stream).includes(last)));
      for (const stream of streams) {
        expect(new Set(dataOf(stream)).size).toBe(2_001);
        expect(dataOf(stream)).toHaveLength(2_001);
      }
    },
    LIMIT_MS,
  );

  test(
    'F4: replicas stop one after another while thousands of messages come: none is lost, none doubled',
    async () => {
      const streams = await audience.openOnEach(NAMES, 1, 'messages');
      const first = await holder();
      await publishWhile(streams, 'drained', 2_000, () => first.process.signal('SIGTERM'));
      expect(await first.process.exited).toEqual({ code: 0, signal: null });
      await expectMany(streams, ['drained'], 2_000);
      expect(await holder()).not.toBe(first);
      await first.start();
      const second = await holder();
      await publishWhile(streams, 'again', 2_000, () => second.process.signal('SIGTERM'));
      expect(await second.process.exited).toEqual({ code: 0, signal: null });
      await expectMany(streams, ['drained', 'again'], 2_000);
    },
    LIMIT_MS,
  );

  test('F5: Redis is restarted: the app goes on publishing, and everybody hears it', async () => {
    const streams = await audience.openOnEach(NAMES, 1, 'messages');
    await app.post('/send', { message: 'before' });
    await redis.stop();
    await redis.start();
    await allReady(replicas());
    for (const message of ['1', '2', '3']) await app.post('/send', { message });
    await until('all have come', () => streams.every((stream) => dataOf(stream).includes(written('3'))));
    for (const stream of streams) expect(dataOf(stream)).toEqual(['before', '1', '2', '3'].map(written));
  });
});
