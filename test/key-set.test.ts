// The keys of a login server that is away for longer than its keys are young.

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK } from 'jose';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Tokens } from '../src/access/tokens.ts';
import { ALL, token } from './support/token.ts';
import { until } from './support/until.ts';

// Above what jose takes for young.
const OLD_MS = 11 * 60_000;
const RETRY_MS = 31_000;
const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const pairs = { one: pair(), two: pair() };

let issuer: Server;
let state: { keys: ('one' | 'two')[]; up: boolean; asked: number };
let told: string[];
let tokens: Tokens;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  state = { keys: ['one'], up: true, asked: 0 };
  told = [];
  issuer = createServer(async (_request, response) => {
    state.asked += 1;
    if (!state.up) return void response.writeHead(503).end();
    const keys = state.keys.map(async (kid) => ({ ...(await exportJWK(pairs[kid].publicKey)), kid }));
    response.end(JSON.stringify({ keys: await Promise.all(keys) }));
  }).listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  const url = new URL(`http://127.0.0.1:${(issuer.address() as AddressInfo).port}/`);
  const key = { kind: 'jwks', url, algorithm: 'RS256' } as const;
  const open = { publish: 'closed', subscribe: 'closed' } as const;
  const config = { issuer: undefined, audience: undefined, maxTokenMs: 86_400_000, anonymous: open, corsOrigins: [] };
  tokens = new Tokens(key, config, (reason) => told.push(reason));
});

afterEach(() => {
  vi.useRealTimers();
  issuer.close();
  issuer.closeAllConnections();
});

/** For whom a token of this key is, or how it is refused. */
async function check(kid: 'one' | 'two'): Promise<string> {
  const shown = await token(ALL, { key: pairs[kid].privateKey, algorithm: 'RS256', header: { kid } });
  return tokens.identity(shown).then(
    ({ subject }) => subject,
    (error: Error) => error.constructor.name,
  );
}

test('A2: while a key set cannot be loaded anew the last one goes on counting, which is told once', async () => {
  expect(await check('one')).toBe('ann');
  state.up = false;
  vi.advanceTimersByTime(OLD_MS);
  expect(await Promise.all([check('one'), check('one'), check('one')])).toEqual(['ann', 'ann', 'ann']);
  vi.advanceTimersByTime(OLD_MS);
  const { asked } = state;
  expect(await check('one')).toBe('ann');
  await until('it has been asked again', () => state.asked > asked);
  expect(told).toEqual([expect.stringContaining('200 OK')]);
});

test('A2: meanwhile nobody can tell of a key that is not in it, and the server is asked for it twice a minute', async () => {
  expect(await check('one')).toBe('ann');
  state.up = false;
  vi.advanceTimersByTime(OLD_MS);
  expect(await check('two')).toBe('KeysUnavailable');
  const { asked } = state;
  for (let count = 0; count < 20; count += 1) expect(await check('two')).toBe('KeysUnavailable');
  expect(state.asked).toBe(asked);
  Object.assign(state, { up: true, keys: ['one', 'two'] });
  vi.advanceTimersByTime(RETRY_MS);
  await until('its key is known', async () => (await check('two')) === 'ann');
});

test('A2: a key that was withdrawn counts no more when the set can be loaded again', async () => {
  expect(await check('one')).toBe('ann');
  state.up = false;
  vi.advanceTimersByTime(OLD_MS);
  expect(await check('one')).toBe('ann');
  Object.assign(state, { up: true, keys: ['two'] });
  vi.advanceTimersByTime(RETRY_MS);
  await until('it is refused', async () => (await check('one')) === 'TokenRefused');
  expect(await check('two')).toBe('ann');
  state.up = false;
  vi.advanceTimersByTime(OLD_MS);
  expect(await check('two')).toBe('ann');
  expect(told).toHaveLength(2);
});

test('A2: before a key set has been loaded nobody can tell', async () => {
  state.up = false;
  expect(await check('one')).toBe('KeysUnavailable');
  expect(told).toEqual([]);
  state.up = true;
  expect(await check('one')).toBe('ann');
});
