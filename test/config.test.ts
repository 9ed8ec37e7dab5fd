// Settings: the defaults are those of the contract's table, and a start with wrong values says all of them at once.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Config, readConfig } from '../src/config.ts';
import { fault } from './support/config-fault.ts';

/** Variable → default, as the contract's table of settings has them. */
function documentedDefaults(): ReadonlyMap<string, string> {
  const spec = readFileSync(new URL('./SPEC.md', import.meta.url), 'utf8');
  const table = spec.slice(spec.indexOf('| variable '), spec.indexOf('| access '));
  const words = (cell: string) =>
    [...cell.matchAll(/`([^`]+)`|(unset|host name)/g)].map(([, code, word]) => code ?? word);
  const rows = [...table.matchAll(/^\| (`[A-Z_`, ]+)\| ([^|]*) \|/gm)].map(([, names = '', values = '']) => {
    const defaults = words(values);
    return words(names).map((name, index) => [name, defaults[index] ?? ''] as [string, string]);
  });
  return new Map(rows.flat());
}

/** `HISTORY_SIZE` → `historySize`. */
function field(variable: string): keyof Config {
  return variable.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as keyof Config;
}

describe('defaults', () => {
  const documented = documentedDefaults();
  const config = readConfig({}, 'host name');

  test('the contract names every setting, and no other', () => {
    const { access: _, ...settings } = config;
    expect([...documented.keys()].map(field).sort()).toEqual(Object.keys(settings).sort());
  });

  test.each([...documented])('%s is %s', (variable, value) => {
    expect(String(config[field(variable)] ?? 'unset')).toBe(value);
  });

  test('an empty value counts as unset', () => {
    const empty = Object.fromEntries([...documented.keys()].map((variable) => [variable, '']));
    expect(readConfig(empty, 'host name')).toEqual(config);
  });

  test('the settings cannot be changed', () => {
    expect(Object.isFrozen(config)).toBe(true);
  });
});

describe('values', () => {
  const taken: [variable: string, text: string, value: unknown][] = [
    ['REDIS_URL', 'redis://user:secret@redis:6379/3', 'redis://user:secret@redis:6379/3'],
    ['REDIS_URL', 'rediss://redis', 'rediss://redis'],
    ['REDIS_URL', 'redis://:p%40ss@redis/1', 'redis://:p%40ss@redis/1'],
    ['REDIS_DURABLE', 'true', true],
    ['TRUST_PROXY', 'false', false],
    ['PORT', '0', 0],
    ['HISTORY_SIZE', '10', 10],
    ['DRAIN_MS', '0', 0],
    ['LOG_LEVEL', 'silent', 'silent'],
    ['HOST', '::1', '::1'],
    ['REPLICA', 'Süd 1', 'Süd 1'],
  ];
  test.each(taken)('%s=%s', (variable, text, value) => {
    expect(readConfig({ [variable]: text }, 'host')[field(variable)]).toBe(value);
  });

  test('FLASK_SSE_CHANNELS is a list, each channel once', () => {
    const channels = (text: string) =>
      readConfig({ REDIS_URL: 'redis://redis', FLASK_SSE_CHANNELS: text }, 'host').flaskSseChannels;
    expect(channels('sse')).toEqual(['sse']);
    expect(channels('sse, messages,sse,日本 1')).toEqual(['sse', 'messages', '日本 1']);
  });

  test('FLASK_SSE_CHANNELS needs the Redis that apps publish to, and cannot name what replicas tell each other on', () => {
    expect(fault({ FLASK_SSE_CHANNELS: 'sse' })).toMatch(/^FLASK_SSE_CHANNELS needs REDIS_URL/);
    const env = { REDIS_URL: 'redis://redis', REDIS_PREFIX: 'mine' };
    for (const own of ['mine:{0}:0', 'mine:{0}:flask:0'])
      expect(fault({ ...env, FLASK_SSE_CHANNELS: `sse,${own}` })).toMatch(/^FLASK_SSE_CHANNELS must not name mine:/);
    expect(readConfig({ ...env, FLASK_SSE_CHANNELS: 'fanfare:{0}:0' }, 'host').flaskSseChannels).toHaveLength(1);
  });

  const wrong: [variable: string, text: string, wanted: string][] = [
    ['REDIS_URL', 'http://redis', 'host:port/database'],
    ['REDIS_URL', 'localhost:6379', 'host:port/database'],
    ['REDIS_URL', 'redis://redis/x', 'host:port/database'],
    ['HOST', 'a b', 'a host name or an address'],
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', '-1', 'a whole number from 0 to 65535'],
    ['PORT', '3e3', 'a whole number from 0 to 65535'],
    ['METRICS_PORT', ' 1', 'a whole number from 0 to 65535'],
    ['HEARTBEAT_MS', '15s', 'a whole number from 100'],
    ['MAX_AGE_MS', '2147483648', 'to 2147483647'],
    ['RETRY_MS', '60001', 'to 60000'],
    ['HISTORY_SIZE', '0', 'a whole number from 1'],
    ['REDIS_DURABLE', 'yes', 'true or false'],
    ['REDIS_DURABLE', 'constructor', 'true or false'],
    ['FLASK_SSE_CHANNELS', 'a,,b', 'separated by commas'],
    ['FLASK_SSE_CHANNELS', ',', 'separated by commas'],
    ['FLASK_SSE_CHANNELS', 'a\nb', 'without control characters'],
    ['FLASK_SSE_CHANNELS', 'x'.repeat(256), '1 to 255 bytes'],
    ['TRUST_PROXY', 'toString', 'true or false'],
    ['TRUST_PROXY', 'TRUE', 'true or false'],
    ['REDIS_PREFIX', 'a{b}', 'letters, digits'],
    ['REPLICA', 'a\nb', '1 to 255 characters'],
    ['LOG_LEVEL', 'verbose', 'one of trace, debug'],
  ];
  test.each(wrong)('%s=%j is refused, naming variable, wanted and value', (variable, text, wanted) => {
    const message = fault({ [variable]: text });
    expect(message).toMatch(new RegExp(`^${variable} must be `));
    expect(message).toContain(wanted);
    expect(message).toContain(JSON.stringify(text));
    expect(message).not.toContain('\n');
  });

  test.each([
    'redis://:p@ss-secret@redis/1',
    'redis://:50%off-secret@redis',
    'redis://redis/?password=secret',
    'redis:app:secret@redis:6379',
    'user:secret@redis',
  ])('a password shows in no error: %s', (text) => {
    expect(fault({ REDIS_URL: text })).toMatch(/^REDIS_URL must be /);
    expect(fault({ REDIS_URL: text })).not.toContain('secret');
  });

  test('every wrong value is reported at once, in one line', () => {
    const env = Object.fromEntries(wrong.map(([variable, text]) => [variable, text]));
    const message = fault(env);
    for (const [variable, text] of Object.entries(env)) {
      expect(message).toMatch(new RegExp(`${variable} must be `));
      expect(message).toContain(`, not ${JSON.stringify(text)}`);
    }
    expect(message).not.toContain('\n');
  });

  test('two servers cannot share a port', () => {
    expect(fault({ PORT: '9464' })).toContain('METRICS_PORT must differ from PORT');
    expect(readConfig({ PORT: '0', METRICS_PORT: '0' }, 'host')).toMatchObject({ port: 0, metricsPort: 0 });
  });
});
