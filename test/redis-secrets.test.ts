// The passwords of Redis's users: made once, kept, and known to nobody but who needs them.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { RedisUsers } from './support/guarded-redis.ts';
import { describeWith } from './support/tools.ts';

const NAMES = ['fanfare', 'flask', 'exporter', 'operator'] as const;

describeWith(['redis-server'], 'the passwords of Redis', () => {
  function prepared(settings?: Readonly<Record<string, string>>): RedisUsers {
    const users = new RedisUsers(settings);
    onTestFinished(() => users.remove());
    return users;
  }

  function files({ folder }: RedisUsers): Readonly<Record<string, string>> {
    const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const plain = all.filter((file) => statSync(join(folder, file)).isFile() && !file.startsWith('conf'));
    return Object.fromEntries(plain.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  }

  test('Security: they are random, of 256 bits, and the same at every start', () => {
    const [one, two] = [prepared(), prepared()];
    const all = [one, two].flatMap((users) => NAMES.map((name) => users.password(name)));
    expect(new Set(all).size).toBe(8);
    for (const password of all) expect(password).toMatch(/^[0-9a-f]{64}$/);
    const before = files(one);
    one.makePasswords();
    expect(files(one)).toEqual(before);
  });

  test('Security: each lies where its user looks, and Redis has hashes of those that it need not know', () => {
    const users = prepared();
    const [fanfare, flask, exporter, operator] = NAMES.map((name) => users.password(name));
    const hash = (password = '') => `${createHash('sha256').update(password).digest('hex')}\n`;
    expect(files(users)).toEqual({
      'app/password': fanfare,
      'flask/password': flask,
      'exporter/password': exporter,
      'exporter/passwords.json': `{"redis://exporter@redis:6379":"${exporter}"}\n`,
      'redis/operator': operator,
      'redis/fanfare.sha256': hash(fanfare),
      'redis/flask.sha256': hash(flask),
      'redis/exporter.sha256': hash(exporter),
      'redis/operator.sha256': hash(operator),
    });
  });

  test('Security: neither the command line nor the rights that Redis reads hold a password', async () => {
    const users = prepared();
    const redis = await users.start();
    onTestFinished(() => redis.end());
    const seen = users.rights() + readFileSync(`/proc/${redis.pid}/cmdline`, 'utf8');
    expect(seen.match(/#[0-9a-f]{64}/g)).toHaveLength(4);
    for (const name of NAMES) expect(seen).not.toContain(users.password(name));
  });

  test('Security: the operator gets in by the script', async () => {
    const users = prepared();
    const redis = await users.start();
    onTestFinished(() => redis.end());
    expect(await text(users.run('cli', ['-p', String(redis.port), 'acl', 'whoami']).stdout)).toBe('operator\n');
  });

  test('Settings: REDIS_PREFIX is the prefix of the only keys, and one that is a pattern stops the start', async () => {
    const redis = await prepared({ REDIS_PREFIX: 'one.cluster' }).start();
    onTestFinished(() => redis.end());
    const may = (key: string) => redis.client.call('ACL', 'DRYRUN', 'fanfare', 'GET', key);
    expect(await may('one.cluster:{0}:log')).toBe('OK');
    for (const key of ['fanfare:{0}:log', 'one-cluster:{0}:log']) expect(await may(key)).toMatch(/no permissions/i);
    expect(await refusal({ REDIS_PREFIX: '*' })).toBe(
      'redis: REDIS_PREFIX must be 1 to 100 of letters, digits, _ . : -\n',
    );
  });

  test('Settings: FLASK_SSE_CHANNELS are the only channels of Flask apps, and one that is a pattern stops the start', async () => {
    const redis = await prepared({ FLASK_SSE_CHANNELS: ' sse, a/b ' }).start();
    onTestFinished(() => redis.end());
    for (const user of ['flask', 'fanfare']) {
      const may = (channel: string) => redis.client.call('ACL', 'DRYRUN', user, 'SUBSCRIBE', channel);
      for (const channel of ['sse', 'a/b']) expect(await may(channel)).toBe('OK');
      for (const channel of ['', 'sses', 'messages', 'fanfare:{0}:1'])
        expect(await may(channel)).toMatch(/no permissions/i);
    }
    for (const names of ['a,*', 'a b', 'a,,b'])
      expect(await refusal({ FLASK_SSE_CHANNELS: names })).toMatch(/^redis: FLASK_SSE_CHANNELS must be names /);
  });

  /** What a start says that ends at once. */
  async function refusal(settings: Readonly<Record<string, string>>): Promise<string> {
    const refused = prepared(settings).run('start', ['--port', '0', '--appendonly', 'no']);
    onTestFinished(() => void refused.kill());
    const said = text(refused.stderr);
    expect(await once(refused, 'exit')).toEqual([1, null]);
    return said;
  }
});
