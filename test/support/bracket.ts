// Brackets around tests of the HTTP interface: the same tests over both buses; what a test starts is ended after it, and
// nothing may stay open or have failed in a way nobody foresaw.

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Environment } from '../../src/settings.ts';
import { publish } from './publisher.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { metric, type RunningReplica, startReplica } from './replica.ts';
import { type SubscribeOptions, Subscriber } from './subscriber.ts';
import { describeWith } from './tools.ts';
import { until } from './until.ts';

export interface Bracket {
  readonly bus: 'memory' | 'redis';
  /** Starts a replica that is ready. Within a test, replicas share their log where the bus can. */
  start(env?: Environment): Promise<RunningReplica>;
  /** Two replicas with one log; over memory, which is one process's own, the same replica twice. */
  pair(env?: Environment): Promise<readonly [RunningReplica, RunningReplica]>;
  /** Opens a stream, whatever is answered. */
  open(url: string, options?: SubscribeOptions): Promise<Subscriber>;
  /** Opens a stream from now on, and resolves once it is subscribed. */
  subscribed(url: string, query?: string): Promise<Subscriber>;
  /** Publishes, and resolves once this replica has delivered it: streams opened from now on begin after it. */
  published(url: string, fields: { readonly message: string; readonly channel?: string }): Promise<string>;
  /** Ends this after the test, before the replicas. */
  ending(end: () => void): void;
}

/** Runs `tests` over the memory bus, and over Redis where there is one. */
export function onEachBus(title: string, tests: (bracket: Bracket) => void): void {
  onMemory(`${title} (memory)`, tests);
  onRedis(title, tests);
}

/** Runs `tests` over the memory bus alone: they are not about the bus. */
export function onMemory(title: string, tests: (bracket: Bracket) => void): void {
  describeWith([], title, () => tests(bracketed('memory', () => ({}))));
}

/** Runs `tests` over Redis, where there is one; `server` is it, once a test runs. */
export function onRedis(title: string, tests: (bracket: Bracket, server: () => RedisServer) => void): void {
  describeWith(['redis-server'], `${title} (Redis)`, () => {
    let redis: RedisServer;
    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis.end());
    const bracket = bracketed('redis', (prefix) => ({ REDIS_URL: redis.url, REDIS_PREFIX: prefix }));
    tests(bracket, () => redis);
  });
}

function bracketed(bus: Bracket['bus'], busEnv: (prefix: string) => Environment): Bracket {
  const replicas: RunningReplica[] = [];
  const ends: (() => void)[] = [];
  let prefix = randomUUID();

  async function start(env: Environment = {}): Promise<RunningReplica> {
    const replica = await startReplica({ ...busEnv(prefix), ...env });
    replicas.push(replica);
    await until('the replica is ready', async () => (await fetch(`${replica.url}/readyz`)).status === 200);
    return replica;
  }
  async function open(url: string, options?: SubscribeOptions): Promise<Subscriber> {
    const subscriber = await Subscriber.open(url, options);
    ends.push(() => subscriber.close());
    return subscriber;
  }
  async function subscribed(url: string, query?: string): Promise<Subscriber> {
    const subscriber = await open(url, query === undefined ? {} : { query });
    expect(await subscriber.next()).toMatchObject({ event: 'fanfare:open' });
    return subscriber;
  }
  async function published(url: string, fields: { message: string; channel?: string }): Promise<string> {
    const witness = await subscribed(url, new URLSearchParams({ channel: fields.channel ?? 'messages' }).toString());
    const id = await publish(url, fields);
    await witness.takeUntil((event) => event.id === id);
    witness.close();
    return id;
  }
  async function pair(env?: Environment): Promise<readonly [RunningReplica, RunningReplica]> {
    const first = await start(env);
    return [first, bus === 'memory' ? first : await start(env)];
  }

  afterEach(async () => {
    for (const end of ends.splice(0)) end();
    const started = replicas.splice(0);
    try {
      for (const replica of started) if (!replica.stopped) await expectNothingLeft(replica);
    } finally {
      await Promise.all(started.map((replica) => replica.stop()));
      prefix = randomUUID();
    }
  });
  return { bus, start, pair, open, subscribed, published, ending: (end) => void ends.push(end) };
}

async function expectNothingLeft(replica: RunningReplica): Promise<void> {
  await until('all streams are closed', async () => (await metric(replica, 'fanfare_streams')) === 0);
  await until('all channels are left', async () => (await metric(replica, 'fanfare_channels')) === 0);
  expect(replica.errors).toEqual([]);
}
