// nginx as it is deployed, seen from outside: what it passes on, what it keeps from clients and from replicas, and what it
// says when no replica is left.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { askAs } from './support/ask.ts';
import { Audience, type Cluster, expectAll, servedBy, startCluster } from './support/cluster.ts';
import { startNginx } from './support/nginx.ts';
import { postForm, postJson, problemDetail, publish } from './support/publisher.ts';
import { RawConnection } from './support/raw-connection.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { Subscriber } from './support/subscriber.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

let redis: RedisServer;
let cluster: Cluster;
let audience: Audience;

/** Asks for a path as it is: fetch would tidy it. */
async function ask(
  path: string,
  method = 'GET',
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  const sent = request(cluster.url, { path, method, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += String(piece);
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

describeWith(['redis-server', 'nginx'], 'nginx in front of three replicas', () => {
  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster({ REDIS_URL: redis.url, DRAIN_MS: '1000' });
  });

  beforeEach(() => {
    audience = new Audience(cluster.url);
  });

  afterEach(async () => {
    audience.close();
    await cluster.restore();
  });

  afterAll(async () => {
    await cluster?.stop();
    await redis?.end();
  });

  test('P8: nginx names each request itself, so a client that repeats its X-Request-Id sends two messages', async () => {
    const headers = { 'X-Request-Id': randomUUID() };
    const send = (url: string) => publish(url, { message: 'the same' }, headers);
    const [{ url }] = cluster.replicas;
    expect(await send(url)).toBe(await send(url));
    expect(await send(cluster.url)).not.toBe(await send(cluster.url));
  });

  test('A11: by the name under which nginx was asked replicas know a page of ours from a stranger’s', async () => {
    const ours = new URL(cluster.url).host;
    const sent = (host: string, origin: string) => {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: origin };
      return askAs(host, `${cluster.url}/send`, { method: 'POST', body: 'message=a', headers });
    };
    expect(await sent(ours, `http://${ours}`)).toMatchObject({ status: 201 });
    expect(await sent('localhost:8080', 'http://localhost:8080')).toMatchObject({ status: 201 });
    expect(problemDetail(await sent(ours, 'https://evil.example'), 403)).toContain('another origin');
    expect(problemDetail(await sent('evil.example', 'http://evil.example'), 403)).toContain('come as localhost');
    expect(problemDetail(await askAs('evil.example', `${cluster.url}/stream`), 403)).toContain('come as localhost');
  });

  test('C5: what pages load comes compressed, and answers about messages do not', async () => {
    const encoded = async (path: string) =>
      (await fetch(cluster.url + path, { headers: { 'Accept-Encoding': 'gzip' } })).headers.get('content-encoding');
    expect(await Promise.all(['/fanfare.js', '/fanfare.css', '/live'].map(encoded))).toEqual(['gzip', 'gzip', 'gzip']);
    expect(await Promise.all(['/history', '/openapi.json', '/nothing'].map(encoded))).toEqual([null, null, null]);
  });

  test('P8: what a client says of proxies is overwritten, and its own cursor and key are passed on', async () => {
    const echo = createServer((seen, response) => response.end(JSON.stringify(seen.headers))).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const nginx = await startNginx([`http://127.0.0.1:${(echo.address() as AddressInfo).port}`]);
    const kept = { 'last-event-id': '1-1', 'idempotency-key': 'mine', host: new URL(nginx.url).host };
    const said = { 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Host': 'elsewhere', 'X-Request-Id': 'mine' };
    const names = new Set<unknown>();
    try {
      for (const path of ['/send', '/stream', '/live']) {
        const answer = await fetch(nginx.url + path, { headers: { ...kept, ...said } });
        const seen = (await answer.json()) as IncomingHttpHeaders;
        expect(seen).toMatchObject({ ...kept, 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
        expect(seen).not.toHaveProperty('x-forwarded-host');
        expect(seen['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
        names.add(seen['x-request-id']);
      }
      expect(names.size).toBe(3);
    } finally {
      await nginx.stop();
      echo.close();
      echo.closeAllConnections();
    }
  });

  test('Trace: nginx logs a traceparent where it is one, and nothing of what a client made up', async () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const later = `cc${trace.slice(2)}`;
    const expected = [
      [trace, trace],
      [`${later}-${'more'.repeat(1_000)}`, later],
      [`${trace}-more`, ''],
      ['x'.repeat(4_000), ''],
      [trace.toUpperCase(), ''],
      [`ff${trace.slice(2)}`, ''],
      [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, ''],
    ] as const;
    const path = `/${randomUUID()}`;
    for (const [traceparent] of expected) await fetch(cluster.url + path, { headers: { traceparent } });
    const logged = async () => (await cluster.requests()).filter((request) => request.path === path);
    await until('all are logged', async () => (await logged()).length === expected.length);
    expect((await logged()).map(({ traceparent }) => traceparent)).toEqual(expected.map(([, kept]) => kept));
  });

  test('S1: a message of 64 KiB reaches a stream of 100 channels with long names, and one more byte is refused', async () => {
    const channels = Array.from({ length: 100 }, (_, index) => `${index}`.padStart(150, 'channel-'));
    const query = channels.map((channel) => `channel=${channel}`).join('&');
    const stream = await Subscriber.open(cluster.url, { query });
    expect((await stream.next()).event).toBe('fanfare:open');
    const message = 'é'.repeat(32_768);
    const id = await publish(cluster.url, { channel: channels[99], message });
    expect(await stream.next()).toEqual({ id, event: 'message', data: message });
    stream.close();
    problemDetail(await postJson(cluster.url, { message: `${message}.` }), 413);
    expect(await ask(`/stream?${query}&channel=one-more`)).toMatchObject({ status: 400 });
  });

  test('P7: who sends large bodies that never end fills no more than a half of what nginx has, and nobody else notices', async () => {
    const large = Array.from({ length: 100 }, () => ({ message: 'x'.repeat(2_000) }));
    const slow = await Promise.all(Array.from({ length: 70 }, () => RawConnection.open(cluster.url)));
    onTestFinished(() => {
      for (const each of slow) each.close();
    });
    const head = 'POST /send HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n';
    for (const each of slow) each.send(`${head}[{`);
    const over = () => slow.filter(({ text }) => text.startsWith('HTTP/1.1 429 '));
    await until('those that are too many are refused', () => over().length === 6);
    const refused = await postJson(cluster.url, large);
    expect(problemDetail(refused, 429)).toContain('64 bodies');
    expect(refused.headers.get('retry-after')).toBe('2');
    await publish(cluster.url, { message: 'a small one' });
    slow.find((each) => !over().includes(each))?.close();
    await until('there is room again', async () => (await postJson(cluster.url, large)).status === 201);
  });

  test('P7: what takes no body is sent none', async () => {
    const answer = await fetch(`${cluster.url}/nothing`, { method: 'POST', body: 'x'.repeat(2_000) });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('none elsewhere') });
  });

  test('R11: without any replica /stream says when to come back, and sixty EventSources do', async () => {
    const streams = await Promise.all(Array.from({ length: 60 }, () => audience.open('away')));
    const ids = [await publish(cluster.url, { channel: 'away', message: 'before' })];
    await expectAll(streams, ids);
    await Promise.all(cluster.replicas.map((replica) => replica.stop()));
    const { status, headers, text } = await ask('/stream?channel=away');
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    expect(text).toMatch(/^retry: [1-5]\d{3}\n\n$/);
    expect((await ask('/stream', 'HEAD')).status).toBe(503);
    const refused = await postForm(cluster.url, 'message=nobody+is+there');
    expect(problemDetail(refused, 503)).toContain('Idempotency-Key');
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    await Promise.all(cluster.replicas.map((replica) => replica.start()));
    await until('they are back', () => streams.every((stream) => servedBy(stream).length > 1));
    ids.push(await publish(cluster.url, { channel: 'away', message: 'after' }));
    await expectAll(streams, ids);
  });

  test('R11: what a client has to correct stays final', async () => {
    for (const path of ['/stream?channel=', '/stream?last=many'])
      expect(await ask(path)).toMatchObject({ status: 400 });
    expect(await ask('/nowhere')).toMatchObject({ status: 404 });
    expect(await ask('/stream', 'DELETE')).toMatchObject({ status: 405 });
  });

  test('Metrics: they, /livez and /readyz are not reached through nginx, however they are spelled', async () => {
    const plain = ['/metrics', '/livez', '/readyz', '/READYZ', '/livez/', '/readyz?a=b', '//metrics', '//livez'];
    const tricks = [
      '/%6detrics',
      '/%72eadyz',
      '/x/../metrics',
      '/x/../livez',
      '/./readyz',
      '/x/%2e%2e/livez',
      '/live/../livez',
    ];
    for (const path of [...plain, ...tricks]) {
      const { status, text } = await ask(path);
      expect({ path, status }).toEqual({ path, status: 404 });
      expect(text).toContain('asked of each replica itself');
    }
  });
});
