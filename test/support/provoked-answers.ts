// How a server is brought to give every answer that it has: for each operation and status of the description a request,
// and what has to be so before it.

import { generateKeyPairSync } from 'node:crypto';
import type { Environment } from '../../src/settings.ts';
import { ask } from './ask.ts';
import type { Bracket } from './bracket.ts';
import { type Answer, postForm, postJson } from './publisher.ts';
import type { RedisServer } from './redis.ts';
import { ALL, ASKING, bearer, token } from './token.ts';
import { until } from './until.ts';

interface World {
  readonly bracket: Bracket;
  readonly redis: RedisServer;
  /** The URL of a replica. */
  start(env?: Environment): Promise<string>;
}

type Provoke = (world: World) => Promise<Answer>;

const MESSAGE = { message: 'm' };
const FOREIGN = { Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' };

/** What a stream begins with. It has no end, so its body is not waited for. */
const listen: Provoke = async ({ bracket, start }) => {
  const { status, rawHeaders } = await bracket.open(await start());
  return { status, headers: new Headers(pairs(rawHeaders)), text: '' };
};

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? '']] : []));
}

/** One request to a replica with these settings. */
function asked(method: string, target: string, env: Environment = {}, headers: Record<string, string> = {}): Provoke {
  return async ({ start }) => ask((await start(env)) + target, { method, headers });
}

/** As `asked`, of a replica that asks for tokens, with this one. */
function withToken(method: string, target: string, claims = ALL): Provoke {
  return async ({ start }) => ask((await start(ASKING)) + target, { method, headers: await bearer(claims) });
}

/** As `asked`, with a cookie, as a page sends it. */
function withCookie(method: string, target: string, headers: Record<string, string> = {}): Provoke {
  return async ({ start }) => {
    const Cookie = `fanfare_token=${await token(ALL)}`;
    return ask((await start(ASKING)) + target, { method, headers: { Cookie, ...headers } });
  };
}

/** Asks while Redis is away. */
function withoutRedis(env: Environment, request: (url: string) => Promise<Answer>): Provoke {
  return async ({ redis, start }) => {
    const url = await start(env);
    await redis.stop();
    try {
      return await request(url);
    } finally {
      await redis.start();
    }
  };
}

/** Asks for more streams than a limit allows. */
function whileFull(method: string, env: Environment): Provoke {
  return async ({ bracket, start }) => {
    const url = await start(env);
    await bracket.subscribed(url);
    return ask(`${url}/stream`, { method });
  };
}

async function tooFast({ start }: World): Promise<Answer> {
  const url = await start({ MAX_PUBLISHES_PER_ADDRESS: '1' });
  const answers = await Promise.all(Array.from({ length: 10 }, () => postJson(url, MESSAGE)));
  return answers.find(({ status }) => status !== 201) as Answer;
}

async function sameKeyForAnother({ start }: World): Promise<Answer> {
  const url = await start();
  await postJson(url, MESSAGE, { 'Idempotency-Key': 'k' });
  return postJson(url, { message: 'other' }, { 'Idempotency-Key': 'k' });
}

async function withoutMemory({ redis, start }: World): Promise<Answer> {
  const url = await start();
  await redis.client.config('SET', 'maxmemory', '1');
  try {
    return await postJson(url, MESSAGE);
  } finally {
    await redis.client.config('SET', 'maxmemory', '0');
  }
}

async function notReady(url: string): Promise<Answer> {
  await until('the replica is not ready', async () => (await ask(`${url}/readyz`)).status !== 200);
  return ask(`${url}/readyz`);
}

async function unavailable(url: string): Promise<Answer> {
  await until('it cannot be told', async () => (await ask(url)).status !== 200);
  return ask(url);
}

/** Asks for a file again, of which nothing has changed. */
function unchanged(target: string): Provoke {
  return async ({ start }) => {
    const url = (await start()) + target;
    const modified = (await ask(url)).headers.get('last-modified') as string;
    // As browsers ask; fetch itself would ask not to be answered from any cache.
    return ask(url, { headers: { 'If-Modified-Since': modified, 'Cache-Control': 'max-age=0' } });
  };
}

/** Asks more often than a limit allows. */
function tooOften(target: string, method = 'GET'): Provoke {
  return async ({ start }) => {
    const url = (await start({ MAX_CONNECTS_PER_ADDRESS: '1' })) + target;
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(url, { method })));
    return answers.find(({ status }) => status !== 200) as Answer;
  };
}

/** Nobody listens where the keys should be, so nobody can tell whether this token is good. */
async function withoutKeys({ start }: World): Promise<Answer> {
  const url = await start({ AUTH_JWKS_URL: 'http://127.0.0.1:1/' });
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return ask(`${url}/session`, { method: 'POST', headers: await bearer(ALL, { key, algorithm: 'RS256' }) });
}

const send = (body: unknown, headers: Record<string, string> = {}): Provoke => {
  return async ({ start }) => postJson(await start(), body, headers);
};

/** Operation and status → what brings it about. */
export const ANSWERS: Record<string, Provoke> = {
  'POST /send 201': send(MESSAGE),
  'POST /send 303': async ({ start }) => postForm(await start(), 'message=m', { Accept: 'text/html' }),
  'POST /send 400': send({ message: 'm', event: 'open' }),
  'POST /send 401': async ({ start }) => postJson(await start(ASKING), MESSAGE),
  'POST /send 403': async ({ start }) => postJson(await start(ASKING), MESSAGE, await bearer({ publish: ['a'] })),
  'POST /send 413': send({ message: 'm'.repeat(65_537) }),
  'POST /send 415': send(MESSAGE, { 'Content-Type': 'text/plain' }),
  'POST /send 422': sameKeyForAnother,
  'POST /send 429': tooFast,
  'POST /send 503': withoutRedis({}, (url) => postJson(url, MESSAGE)),
  'POST /send 507': withoutMemory,
  'GET /stream 200': listen,
  'GET /stream 400': asked('GET', '/stream?channel='),
  'GET /stream 401': asked('GET', '/stream', ASKING),
  'GET /stream 403': withToken('GET', '/stream?channel=a', { subscribe: ['b'] }),
  'GET /stream 414': asked('GET', `/stream?channel=${'x'.repeat(16_384)}`),
  'GET /stream 429': whileFull('GET', { MAX_STREAMS_PER_ADDRESS: '1' }),
  'GET /stream 503': whileFull('GET', { MAX_CONNECTIONS: '1' }),
  'HEAD /stream 200': asked('HEAD', '/stream'),
  'HEAD /stream 400': asked('HEAD', '/stream?last=x'),
  'HEAD /stream 401': asked('HEAD', '/stream', ASKING),
  'HEAD /stream 403': withToken('HEAD', '/stream?channel=a', { subscribe: ['b'] }),
  'HEAD /stream 414': asked('HEAD', `/stream?channel=${'x'.repeat(16_384)}`),
  'HEAD /stream 429': tooOften('/stream', 'HEAD'),
  'HEAD /stream 503': whileFull('HEAD', { MAX_CONNECTIONS: '1' }),
  'GET /history 200': asked('GET', '/history'),
  'GET /history 400': asked('GET', '/history?limit=0'),
  'GET /history 401': asked('GET', '/history', ASKING),
  'GET /history 403': withToken('GET', '/history?channel=a', { subscribe: ['b'] }),
  'GET /history 414': asked('GET', `/history?channel=${'x'.repeat(16_384)}`),
  'GET /history 429': tooOften('/history'),
  'GET /history 503': withoutRedis({}, (url) => ask(`${url}/history?after=1-1`)),
  'GET /channels 200': asked('GET', '/channels'),
  'GET /channels 400': asked('GET', '/channels?limit=0'),
  'GET /channels 401': asked('GET', '/channels', ASKING),
  'GET /channels 403': asked('GET', '/channels', { ANONYMOUS_SUBSCRIBE: 'false' }),
  'GET /channels 429': tooOften('/channels'),
  'GET /channels 503': withoutRedis({}, (url) => unavailable(`${url}/channels`)),
  'GET /cluster 200': asked('GET', '/cluster'),
  'GET /cluster 401': asked('GET', '/cluster', ASKING),
  'GET /cluster 403': asked('GET', '/cluster', { ANONYMOUS_SUBSCRIBE: 'false' }),
  'GET /cluster 503': withoutRedis({}, (url) => unavailable(`${url}/cluster`)),
  'POST /ticket 201': withToken('POST', '/ticket'),
  'POST /ticket 401': asked('POST', '/ticket', ASKING),
  'POST /ticket 403': withCookie('POST', '/ticket', FOREIGN),
  'POST /ticket 404': asked('POST', '/ticket'),
  'POST /ticket 429': async ({ start }) => {
    const url = `${await start({ ...ASKING, MAX_CONNECTS_PER_ADDRESS: '1' })}/ticket`;
    const request = { method: 'POST', headers: await bearer() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(url, request)));
    return answers.find(({ status }) => status !== 201) as Answer;
  },
  'POST /ticket 503': withoutRedis(ASKING, async (url) =>
    ask(`${url}/ticket`, { method: 'POST', headers: await bearer() }),
  ),
  'POST /session 204': withToken('POST', '/session'),
  'POST /session 400': withCookie('POST', '/session'),
  'POST /session 401': asked('POST', '/session', ASKING),
  'POST /session 403': withCookie('POST', '/session', FOREIGN),
  'POST /session 404': asked('POST', '/session'),
  'POST /session 503': withoutKeys,
  'DELETE /session 204': asked('DELETE', '/session', ASKING),
  'DELETE /session 403': asked('DELETE', '/session', ASKING, FOREIGN),
  'DELETE /session 404': asked('DELETE', '/session'),
  'DELETE /streams 204': withToken('DELETE', '/streams?subject=mallory'),
  'DELETE /streams 400': withToken('DELETE', '/streams'),
  'DELETE /streams 401': asked('DELETE', '/streams?subject=mallory', ASKING),
  'DELETE /streams 403': withToken('DELETE', '/streams?subject=mallory', { kick: ['eve'] }),
  'DELETE /streams 404': asked('DELETE', '/streams?subject=mallory'),
  'DELETE /streams 503': withoutRedis(ASKING, async (url) =>
    ask(`${url}/streams?subject=mallory`, { method: 'DELETE', headers: await bearer(ALL) }),
  ),
  'GET /livez 200': asked('GET', '/livez'),
  'GET /readyz 200': asked('GET', '/readyz'),
  'GET /readyz 503': withoutRedis({}, notReady),
  'GET / 200': asked('GET', '/'),
  'GET /live 200': asked('GET', '/live'),
  'GET / 304': unchanged('/'),
  'GET /live 304': unchanged('/live'),
  'GET /openapi.json 304': unchanged('/openapi.json'),
  'GET /openapi.json 200': asked('GET', '/openapi.json'),
};
