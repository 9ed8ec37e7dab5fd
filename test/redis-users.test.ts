// A replica over a Redis with the users that are deployed: the rights of its user are all that it needs, and no more.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { RedisUsers } from './support/guarded-redis.ts';
import { postForm, publish, publishAll, publishMany } from './support/publisher.ts';
import type { RedisServer } from './support/redis.ts';
import { type RunningReplica, startReplica } from './support/replica.ts';
import { Subscriber } from './support/subscriber.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const SOURCES = fileURLToPath(new URL('../src', import.meta.url));

const LOG = 'fanfare:{0}:log';

describeWith(['redis-server'], 'a replica with the rights of its user', () => {
  const users = new RedisUsers();
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await users.start();
  });

  afterAll(async () => {
    await redis?.end();
    users.remove();
  });

  async function replica(env: Record<string, string> = {}): Promise<RunningReplica> {
    const started = await startReplica({ ...users.environment(redis), ...env });
    onTestFinished(() => started.stop());
    await ready(started);
    return started;
  }

  const ready = ({ url: at }: RunningReplica) =>
    until('the replica is ready', async () => (await fetch(`${at}/readyz`)).status === 200);

  async function stream(at: string, query: string): Promise<Subscriber> {
    const opened = await Subscriber.open(at, { query });
    onTestFinished(() => opened.close());
    return opened;
  }

  test('P3, P2, P4, R2, S6: a replica publishes, resumes and knows the others, and not one command is refused to it', async () => {
    const [one, two] = [await replica(), await replica()];
    const live = await stream(two.url, 'channel=users');
    expect((await live.next()).event).toBe('fanfare:open');
    const key = { 'Idempotency-Key': 'once' };
    const first = await publish(one.url, { channel: 'users', message: 'first' }, key);
    expect(await publish(two.url, { channel: 'users', message: 'first' }, key)).toBe(first);
    const rest = await publishAll(two.url, [
      { channel: 'users', message: 'second' },
      { channel: 'users', message: 'third' },
    ]);
    expect((await live.take(3)).map(({ id }) => id)).toEqual([first, ...rest]);
    const resumed = await stream(one.url, `channel=users&lastEventId=${first}`);
    expect((await resumed.take(3)).slice(1).map(({ id }) => id)).toEqual(rest);
    const count = async () => (await (await fetch(`${one.url}/cluster`)).json()) as { replicas: object[] };
    await until('both are known', async () => (await count()).replicas.length === 2);
    for (const path of ['/channels', '/history?channel=users']) expect((await fetch(one.url + path)).status).toBe(200);
    await two.stop();
    await until('one is known to have left', async () => (await count()).replicas.length === 1);
    expect(await redis.client.call('ACL', 'LOG')).toEqual([]);
  });

  test('R5, R3: it trims the log, and resumes from the oldest that is left', async () => {
    const { url: at } = await replica({ HISTORY_SIZE: '50' });
    const [oldest] = await publishMany(at, 100, 'trimmed');
    await publishMany(at, 100, 'trimmed');
    await publish(at, { message: 'makes room' });
    const late = await stream(at, `channel=trimmed&lastEventId=${oldest}`);
    expect((await late.take(2)).map(({ event }) => event)).toEqual(['fanfare:open', 'fanfare:reset']);
    expect(await redis.client.xlen(LOG)).toBeLessThan(60);
    expect(await redis.client.call('ACL', 'LOG')).toEqual([]);
  });

  test('R5, R6: it comes back after its connections were cut, and after a restart of Redis', async () => {
    const one = await replica();
    const live = await stream(one.url, 'channel=back');
    await live.next();
    await redis.client.call('CLIENT', 'KILL', 'USER', 'fanfare');
    await ready(one);
    const entries = await redis.client.xlen(LOG);
    const cut = await publish(one.url, { channel: 'back', message: 'after the cut' });
    expect((await live.takeUntil(({ id }) => id === cut)).map(({ event }) => event)).not.toContain('fanfare:reset');
    await redis.stop();
    expect((await postForm(one.url, 'message=lost')).status).toBe(503);
    users.makePasswords();
    await redis.start();
    await ready(one);
    // The break that every restart may be, and nothing is gone.
    expect(await redis.client.xlen(LOG)).toBe(entries + 2);
    const back = await publish(one.url, { channel: 'back', message: 'after the restart' });
    await live.takeUntil(({ id }) => id === back);
    expect(await redis.client.call('ACL', 'LOG')).toEqual([]);
  });

  test('Security: tickets, kicks and limits need no other rights', async () => {
    const limits = { MAX_STREAMS_PER_ADDRESS: '9', MAX_CONNECTS_PER_ADDRESS: '9', MAX_PUBLISHES_PER_SUBJECT: '9' };
    const secret = 's'.repeat(32);
    const one = await replica({ AUTH_JWT_SECRET: secret, ...limits });
    const two = await replica({ AUTH_JWT_SECRET: secret, ...limits });
    const claims = { publish: ['*'], subscribe: ['*'], kick: ['*'] };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('somebody')
      .setIssuedAt()
      .setExpirationTime('1 hour')
      .sign(Buffer.from(secret));
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await fetch(`${one.url}/ticket`, { method: 'POST', headers });
    expect(answer.status).toBe(201);
    const { ticket } = (await answer.json()) as { ticket: string };
    const live = await stream(two.url, `ticket=${ticket}`);
    expect((await live.next()).event).toBe('fanfare:open');
    const id = await publish(one.url, { message: 'to a ticket' }, headers);
    expect((await live.next()).id).toBe(id);
    expect((await fetch(`${one.url}/streams?subject=somebody`, { method: 'DELETE', headers })).status).toBe(204);
    expect((await live.rest()).map(({ data }) => data)).toEqual(['{"reason":"kicked"}']);
    await until('its place is free', async () => (await redis.client.keys('fanfare:{0}:streams:*')).length === 0);
    await Promise.all([one.stop(), two.stop()]);
    expect(await redis.client.call('ACL', 'LOG')).toEqual([]);
  });

  test('Security: a replica may call what it calls, and nothing else', () => {
    const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.(lua|ts)$/.test(file),
    );
    // In a script, or past them: `redis.call('GET', …)`, `(redis) => redis.info(…)`.
    const calls = /redis\.p?call\(\s*'(\w+)'|redis\) => redis\.([a-z]+)\(/g;
    const called = sources.flatMap((file) =>
      [...readFileSync(`${SOURCES}/${file}`, 'utf8').matchAll(calls)].map(([, script, plain]) => script ?? plain),
    );
    const connection = ['client|setname', 'client|setinfo', 'eval', 'evalsha', 'subscribe'];
    const needed = new Set([...called.map((name) => String(name).toLowerCase()), ...connection]);
    const deployed = readFileSync(new URL('../deploy/redis/users.acl', import.meta.url), 'utf8');
    const [line] = /^user fanfare .*$/m.exec(deployed) ?? [''];
    const granted = [...line.matchAll(/ \+(\S+)/g)].map(([, name]) => name);
    expect(granted.toSorted()).toEqual([...needed].toSorted());
  });
});
