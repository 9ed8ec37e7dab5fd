// The process: what it says when it starts, what it refuses to start with, and how it leaves.

import { execFileSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Environment } from '../src/settings.ts';
import { postForm, problemDetail, publish } from './support/publisher.ts';
import { freePort } from './support/redis.ts';
import { metric, ReplicaProcess } from './support/replica.ts';
import { Subscriber } from './support/subscriber.ts';
import { describeWith, program } from './support/tools.ts';
import { until } from './support/until.ts';

const processes: ReplicaProcess[] = [];
const subscribers: Subscriber[] = [];

function run(env?: Environment): ReplicaProcess {
  const started = new ReplicaProcess(env);
  processes.push(started);
  return started;
}

async function subscribe(url: string): Promise<Subscriber> {
  const subscriber = await Subscriber.open(url);
  subscribers.push(subscriber);
  expect(await subscriber.next()).toMatchObject({ event: 'fanfare:open' });
  return subscriber;
}

afterEach(async () => {
  for (const subscriber of subscribers.splice(0)) subscriber.close();
  await Promise.all(processes.splice(0).map((started) => started.stop()));
});

/** Expects the start to fail with one line on stderr, nothing on stdout and exit code 1, and returns the line. */
async function expectRefused(env: Environment): Promise<string> {
  const refused = run(env);
  expect(await refused.exited).toEqual({ code: 1, signal: null });
  expect(refused.stderr).toMatch(/^fanfare: [^\n]+\n$/);
  expect(refused.stdout).toBe('');
  return refused.stderr;
}

test('Settings: a wrong value stops the start with one line that says what to change', async () => {
  expect(await expectRefused({ PORT: '80a' })).toBe(
    'fanfare: PORT must be a whole number from 0 to 65535, not "80a"\n',
  );
});

test('Settings: all wrong values are said at once', async () => {
  const line = await expectRefused({
    PORT: '65536',
    HEARTBEAT_MS: '99',
    HISTORY_SIZE: '-1',
    TRUST_PROXY: 'yes',
    REDIS_URL: 'http://localhost',
    LOG_LEVEL: 'loud',
    REPLICA: 'a\nb',
  });
  for (const name of ['PORT', 'HEARTBEAT_MS', 'HISTORY_SIZE', 'TRUST_PROXY', 'REDIS_URL', 'LOG_LEVEL', 'REPLICA']) {
    expect(line).toMatch(new RegExp(`\\b${name} must be `));
  }
});

test.each(['PORT', 'METRICS_PORT'])('Settings: a %s that is taken is said in one line', async (name) => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  try {
    const line = await expectRefused({ [name]: String(port) });
    expect(line).toContain(`port ${port} is taken`);
    expect(line).toContain(name);
  } finally {
    server.close();
  }
});

test('Settings: one port for both is refused', async () => {
  const port = String(await freePort());
  expect(await expectRefused({ PORT: port, METRICS_PORT: port })).toContain('METRICS_PORT must differ from PORT');
});

test('Settings: a HOST that is not of this machine is said in one line', async () => {
  expect(await expectRefused({ HOST: '192.0.2.1', ANONYMOUS_SUBSCRIBE: 'true' })).toContain('HOST 192.0.2.1');
});

test('Start: it prints the URLs of its pages in one line, and they are there', async () => {
  const replica = run();
  const { url } = await replica.addresses();
  expect(replica.logged).toHaveLength(1);
  expect(replica.logged[0]).toMatchObject({ level: 30, replica: 'child', bus: 'memory' });
  expect(replica.logged[0]?.['msg']).toContain(`${url}/ to send and ${url}/live to watch`);
  for (const page of ['/', '/live']) {
    const response = await fetch(url + page);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    await response.text();
  }
  expect(replica.stderr).toBe('');
});

test('R9, R8: SIGTERM closes the streams one by one, takes publishes meanwhile, and exits with 0', async () => {
  const replica = run({ DRAIN_MS: '4000' });
  const { url, metricsUrl } = await replica.addresses();
  const streams = await Promise.all([1, 2, 3, 4].map(() => subscribe(url)));
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  replica.signal('SIGTERM');
  // One by one: what is left goes later.
  for (const count of [1, 2]) {
    await until(`${count} are closed`, () => streams.filter(({ ended }) => ended).length >= count);
    expect(streams.some(({ ended }) => !ended)).toBe(true);
  }

  const unready = await fetch(`${url}/readyz`);
  expect(unready.status).toBe(503);
  expect(await unready.json()).toMatchObject({ reasons: ['draining'] });
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  expect(await metric({ metricsUrl }, 'fanfare_draining')).toBe(1);
  const refused = await fetch(`${url}/stream`);
  expect(refused.headers.get('connection')).toBe('close');
  const answer = { status: refused.status, headers: refused.headers, text: await refused.text() };
  expect(problemDetail(answer, 503)).toContain('stopping');
  const id = await publish(url, { message: 'late' });
  expect(streams.some(({ ended }) => !ended)).toBe(true);

  const seen = await Promise.all(streams.map((stream) => stream.rest()));
  for (const events of seen) {
    expect(events.at(-1)).toEqual({ id: undefined, event: 'fanfare:close', data: '{"reason":"drain"}' });
  }
  // Those that were still open have the message that came during the drain.
  expect(seen.map((events) => events.some((event) => event.id === id))).toContain(true);
  for (const { retries } of streams) expect(retries).toHaveLength(2);
  expect(await replica.exited).toEqual({ code: 0, signal: null });
  expect(replica.stderr).toBe('');
});

test('R9: a request that never ends is broken off, and the exit comes within DRAIN_MS + 5 s', async () => {
  const replica = run({ DRAIN_MS: '100' });
  const { url } = await replica.addresses();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('POST /send HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
  // It has come when what was sent after it is answered.
  expect(await postForm(url, 'message=m')).toMatchObject({ status: 201 });
  const told = performance.now();
  replica.signal('SIGTERM');
  expect(await replica.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - told).toBeLessThan(5_100);
  socket.destroy();
});

test('R9: SIGINT closes all streams at once and exits with 0', async () => {
  const replica = run({ DRAIN_MS: '600000' });
  const { url } = await replica.addresses();
  const streams = await Promise.all([1, 2, 3].map(() => subscribe(url)));
  replica.signal('SIGINT');
  for (const stream of streams) {
    expect(await stream.rest()).toEqual([{ id: undefined, event: 'fanfare:close', data: '{"reason":"drain"}' }]);
  }
  expect(await replica.exited).toEqual({ code: 0, signal: null });
});

test('R9: a second signal ends a drain that takes too long', async () => {
  const replica = run({ DRAIN_MS: '600000' });
  const { url } = await replica.addresses();
  const streams = await Promise.all([1, 2].map(() => subscribe(url)));
  replica.signal('SIGTERM');
  await until('the first stream is closed', () => streams.some(({ ended }) => ended));
  replica.signal('SIGINT');
  expect(await replica.exited).toEqual({ code: 1, signal: null });
});

test('R9: SIGTERM ends it with 0 although nobody reads its log any more', async () => {
  const replica = run();
  await replica.addresses();
  replica.stopListening();
  replica.signal('SIGTERM');
  expect(await replica.exited).toEqual({ code: 0, signal: null });
});

test('R9: SIGTERM without streams exits with 0 at once, whatever DRAIN_MS is', async () => {
  const replica = run({ DRAIN_MS: '600000' });
  const { url } = await replica.addresses();
  // Its connection is kept alive, and must not keep the process.
  expect(await postForm(url, 'message=m')).toMatchObject({ status: 201 });
  replica.signal('SIGTERM');
  expect(await replica.exited).toEqual({ code: 0, signal: null });
});

test('Metrics: they are on a port of their own, and only there', async () => {
  const { url, metricsUrl } = await run().addresses();
  const page = await fetch(metricsUrl);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await page.text()).toMatch(/^fanfare_build_info\{.*replica="child".*\} 1$/m);
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
  expect((await fetch(new URL('/', metricsUrl))).status).toBe(404);
  expect((await fetch(new URL('/send', metricsUrl), { method: 'POST' })).status).toBe(404);
});

describeWith(['promtool'], 'Metrics for Prometheus', () => {
  test('Metrics: promtool finds nothing to complain about on a page with traffic', async () => {
    const { url, metricsUrl } = await run({ HEARTBEAT_MS: '100' }).addresses();
    const subscriber = await subscribe(url);
    await publish(url, { message: 'm' });
    await subscriber.takeUntil(({ event }) => event === 'fanfare:heartbeat');
    await postForm(url, '');
    const page = await (await fetch(metricsUrl)).text();
    expect(page).toMatch(/^fanfare_streams 1$/m);
    const said = execFileSync(program('promtool'), ['check', 'metrics'], { input: page, encoding: 'utf8' });
    expect(said).toBe('');
  });
});
