// Every answer that the description has, from a server that was brought to give it; and that these are all.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Environment } from '../src/settings.ts';
import { ask } from './support/ask.ts';
import { onRedis } from './support/bracket.ts';
import { expectDescribed, FILE, operations } from './support/description.ts';
import { type Nginx, startNginx } from './support/nginx.ts';
import { ANSWERS } from './support/provoked-answers.ts';
import { type Answer, postJson } from './support/publisher.ts';
import { freePort } from './support/redis.ts';
import { startReplica } from './support/replica.ts';
import { describeWith } from './support/tools.ts';

type Request = (url: string) => Promise<Answer>;

/** What the proxy alone answers → the request; its one replica is frozen. */
const PROXIED: Record<string, Request> = {
  'POST /send 504': (url) => postJson(url, { message: 'm' }),
  'GET /livez 404': (url) => ask(`${url}/livez`),
  'GET /readyz 404': (url) => ask(`${url}/readyz`),
};

/** What it answers too → the request; its one replica is gone. */
const PROXIED_TOO: Record<string, Request> = {
  'POST /send 503': (url) => postJson(url, { message: 'm' }),
  'GET /stream 200': (url) => ask(`${url}/stream`),
  'HEAD /stream 503': (url) => ask(`${url}/stream`, { method: 'HEAD' }),
};

test('every answer in the description is brought about here', () => {
  const described = operations.flatMap(({ name, responses }) =>
    Object.keys(responses).map((each) => `${name} ${each}`),
  );
  expect([...Object.keys(ANSWERS), ...Object.keys(PROXIED)].sort()).toEqual(described.sort());
});

function expectAsNamed(name: string, answer: Answer): void {
  const [method, path, status] = name.split(' ');
  expect(answer).toMatchObject({ status: Number(status) });
  expectDescribed(`${method} ${path}`, answer);
}

onRedis('An answer is as the description has it', (bracket, redis) => {
  test.each(Object.entries(ANSWERS))('%s', async (name, provoke) => {
    const start = async (env: Environment = {}) => (await bracket.start(env)).url;
    const answer = await provoke({ bracket, redis: redis(), start });
    expectAsNamed(name, answer);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describeWith(['nginx'], 'An answer of the proxy is as the description has it', () => {
  /** The proxy in front of this replica, until the test ends. */
  async function inFrontOf(replica: string): Promise<Nginx> {
    const nginx = await startNginx([replica]);
    onTestFinished(() => nginx.stop());
    return nginx;
  }

  test.each(Object.entries(PROXIED))('%s', async (name, request) => {
    const frozen = createServer().listen(0, '127.0.0.1');
    await once(frozen, 'listening');
    onTestFinished(() => void frozen.close());
    const { url } = await inFrontOf(`http://127.0.0.1:${(frozen.address() as AddressInfo).port}`);
    expectAsNamed(name, await request(url));
  });

  test.each(Object.entries(PROXIED_TOO))('%s', async (name, request) => {
    const { url } = await inFrontOf(`http://127.0.0.1:${await freePort()}`);
    expectAsNamed(name, await request(url));
  });

  test('the description itself comes through it', async () => {
    const replica = await startReplica();
    onTestFinished(() => replica.stop());
    const answer = await ask(`${(await inFrontOf(replica.url)).url}/openapi.json`);
    expectAsNamed('GET /openapi.json 200', answer);
    expect(answer.text).toBe(await readFile(FILE, 'utf8'));
  });
});
