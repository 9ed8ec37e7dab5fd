// What Redis refuses to the users that are deployed: a replica that was taken over reaches nothing but its own keys and its own
// channel, the exporter no message, and who has no name nothing at all.

import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type RedisUser, RedisUsers } from './support/guarded-redis.ts';
import type { RedisServer } from './support/redis.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const OWN = 'fanfare:{0}:log';
const FOREIGN = ['other', 'fanfare:{1}:log', 'fanfare2:{0}:log', 'xfanfare:{0}:log', 'fanfare:{0}'];

/** What none of them may. */
const NOBODY: readonly string[][] = [
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['CONFIG', 'SET', 'maxmemory', '1'],
  ['KEYS', '*'],
  ['SCAN', '0'],
  ['RANDOMKEY'],
  ['DEBUG', 'SLEEP', '0'],
  ['MODULE', 'LIST'],
  ['ACL', 'LIST'],
  ['ACL', 'SETUSER', 'fanfare', 'allkeys'],
  ['SHUTDOWN', 'NOSAVE'],
  ['SAVE'],
  ['REPLICAOF', 'NO', 'ONE'],
  ['MONITOR'],
  ['CLIENT', 'LIST'],
  ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['SELECT', '1'],
  ['SWAPDB', '0', '1'],
  ['FUNCTION', 'LIST'],
  ['SCRIPT', 'FLUSH'],
  ['PSUBSCRIBE', '*'],
  ['DUMP', OWN],
  ['MIGRATE', '127.0.0.1', '1', OWN, '0', '1'],
  ['EVAL', "return redis.call('FLUSHALL')", '0'],
];
/** What a replica may not. */
const REPLICAS: readonly string[][] = [
  ...FOREIGN.flatMap((key) => [
    ['GET', key],
    ['SET', key, 'x'],
    ['XADD', key, '*', 'f', 'v'],
    ['EVAL', 'return 1', '1', key],
    ['EVAL', `return redis.call('DEL', '${key}')`, '0'],
  ]),
  ['CONFIG', 'GET', '*'],
  ['PUBLISH', 'other', 'x'],
  ['PUBLISH', 'fanfare:{0}:1', 'x'],
  ['SUBSCRIBE', 'other'],
  ['EVAL', "return redis.call('PUBLISH', 'other', 'x')", '0'],
];
const EXPORTERS: readonly string[][] = [
  ['GET', OWN],
  ['XRANGE', OWN, '-', '+'],
  ['PUBLISH', 'fanfare:{0}:0', 'x'],
  ['SUBSCRIBE', 'fanfare:{0}:0'],
  ['EVAL', 'return 1', '0'],
  ['SLOWLOG', 'RESET'],
];

// Redis says it in several ways; DEBUG it refuses to everybody.
const REFUSAL =
  /NOPERM|NOAUTH|no permissions|user executing the script can't (run|access|publish)|DEBUG command not allowed/;

describeWith(['redis-server'], 'the users of Redis', () => {
  const users = new RedisUsers();
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await users.start();
    await redis.client.set(OWN, 'a message');
  });

  afterAll(async () => {
    await redis?.end();
    users.remove();
  });

  /** A connection of this user's, or of nobody's. */
  function client(user?: RedisUser): Redis {
    const options = { ...users.login(user), enableReadyCheck: false, disableClientInfo: true };
    const one = new Redis(redis.port, '127.0.0.1', options);
    onTestFinished(() => one.disconnect());
    return one;
  }

  /** Those of `commands` that this user is not refused. */
  async function allowed(user: RedisUser | undefined, commands: readonly string[][]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const [command = '', ...rest] of commands) {
      const one = client(user);
      const answer = await one.call(command, ...rest).catch(({ message }: Error) => message);
      if (!REFUSAL.test(String(answer))) found.push(`${command} ${rest}: ${answer}`);
      one.disconnect();
    }
    return found;
  }

  test('Security: a replica may not reach what is not its own, nor manage Redis', async () => {
    expect(await allowed('fanfare', [...NOBODY, ...REPLICAS])).toEqual([]);
  });

  test('Security: the exporter may not reach any key or channel, nor change anything', async () => {
    expect(await allowed('exporter', [...NOBODY, ...EXPORTERS])).toEqual([]);
    expect(await client('exporter').config('GET', 'maxmemory')).toEqual(['maxmemory', '1073741824']);
  });

  test('Security: who has no name may do nothing', async () => {
    expect(await allowed(undefined, [...NOBODY, ...REPLICAS, ...EXPORTERS, ['INFO'], ['PING']])).toEqual([]);
  });

  test('Security: the operator may', async () => {
    expect(await client('operator').get(OWN)).toBe('a message');
  });

  test('Security: a wrong password opens nothing, and says so', async () => {
    const wrong = new Redis(redis.port, '127.0.0.1', { username: 'fanfare', password: 'wrong', retryStrategy: null });
    onTestFinished(() => wrong.disconnect());
    const reasons: string[] = [];
    wrong.on('error', ({ message }: Error) => reasons.push(message));
    await until('it is told', () => reasons.length > 0);
    expect(reasons[0]).toMatch(/^WRONGPASS/);
  });
});
