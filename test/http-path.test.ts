// Bodies that are too large or of another type, wrong methods and unknown paths: problems that say what to change.

import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { onEachBus } from './support/bracket.ts';
import { type Answer, post, postForm, postJson, problemDetail } from './support/publisher.ts';

async function ask(url: string, method: string): Promise<Answer> {
  const response = await fetch(url, { method });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

onEachBus('What HTTP refuses', (bracket) => {
  test.each([
    ['a form', (text: string) => [`message=${text}`, 'application/x-www-form-urlencoded'] as const],
    ['JSON', (text: string) => [JSON.stringify({ message: text }), 'application/json'] as const],
  ])('P7: MAX_MESSAGE_BYTES are taken in %s, one more is refused', async (_what, body) => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    // Two bytes each in UTF-8: bytes count, not characters.
    const full = 'é'.repeat(32_768);
    const send = (text: string) => post(url, body(text)[0], { 'Content-Type': body(text)[1] });
    expect(problemDetail(await send(`${full}x`), 413)).toMatch(/65537 bytes.*65536/);
    expect(await send(full)).toMatchObject({ status: 201 });
    expect(await subscriber.next()).toMatchObject({ data: full });
  });

  test('P7: MAX_MESSAGE_BYTES are taken however they are encoded', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    const full = 'x'.repeat(65_536);
    expect(await postForm(url, `message=${'%78'.repeat(65_536)}`)).toMatchObject({ status: 201 });
    expect(await postJson(url, `{"message":"${'\\u0078'.repeat(65_536)}"}`)).toMatchObject({ status: 201 });
    expect((await subscriber.take(2)).map(({ data }) => data)).toEqual([full, full]);
  });

  test('P7: MAX_MESSAGE_BYTES is a setting', async () => {
    const { url } = await bracket.start({ MAX_MESSAGE_BYTES: '3' });
    expect(await postForm(url, 'message=abc')).toMatchObject({ status: 201 });
    expect(problemDetail(await postForm(url, 'message=abcd'), 413)).toMatch(/4 bytes.*3/);
  });

  test('P7: a body of 1 MB or more is refused with a clear answer', async () => {
    const { url } = await bracket.start();
    for (const size of [1_000_000, 1_048_577, 5_000_000]) {
      const body = `message=${'x'.repeat(size)}`;
      expect(problemDetail(await postForm(url, body), 413)).toMatch(/has (more than )?\d+ bytes/);
    }
    expect(await postForm(url, 'message=m')).toMatchObject({ status: 201 });
  });

  test('P7: a body without a length is refused as soon as it is too large', async () => {
    const { url } = await bracket.start();
    const sent = request(`${url}/send`, { method: 'POST', headers: { 'Content-Type': 'application/json' } });
    bracket.ending(() => sent.destroy());
    const status = await new Promise((resolve, reject) => {
      sent.on('response', (response) => resolve(response.statusCode)).on('error', reject);
      sent.write(Buffer.alloc(2_000_000, ' '));
    });
    expect(status).toBe(413);
  });

  test('P7: another media type, charset or encoding is refused', async () => {
    const { url } = await bracket.start();
    const json = 'application/json';
    const wrong: [headers: Record<string, string>, named: RegExp][] = [
      [{ 'Content-Type': 'text/plain' }, /text\/plain/],
      [{ 'Content-Type': 'multipart/form-data; boundary=x' }, /multipart\/form-data/],
      [{ 'Content-Type': 'application/jsonp' }, /application\/jsonp/],
      [{}, /no Content-Type/],
      [{ 'Content-Type': `${json}; charset=iso-8859-1` }, /iso-8859-1/],
      [{ 'Content-Type': json, 'Content-Encoding': 'gzip' }, /Content-Encoding/],
    ];
    for (const [headers, named] of wrong) {
      const body = 'Content-Encoding' in headers ? gzipSync('{"message":"m"}') : '{"message":"m"}';
      expect(problemDetail(await post(url, body, headers), 415), JSON.stringify(headers)).toMatch(named);
    }
  });

  test('P7: a wrong method is refused with those that are right', async () => {
    const { url } = await bracket.start();
    const wrong: [method: string, path: string, allowed: string[]][] = [
      ['GET', '/send', ['POST']],
      ['PUT', '/send', ['POST']],
      ['POST', '/stream', ['GET', 'HEAD']],
      ['DELETE', '/livez', ['GET', 'HEAD']],
      ['POST', '/readyz', ['GET', 'HEAD']],
      ...['POST', 'PUT', 'PATCH', 'DELETE'].flatMap((method): typeof wrong =>
        ['/', '/live', '/openapi.json'].map((path) => [method, path, ['GET', 'HEAD']]),
      ),
    ];
    for (const [method, path, allowed] of wrong) {
      const answer = await ask(url + path, method);
      expect(problemDetail(answer, 405), `${method} ${path}`).toContain(method);
      expect(answer.headers.get('allow')?.split(', ').sort()).toEqual(allowed);
    }
  });

  test('P7: a path that is not there is a problem', async () => {
    const { url } = await bracket.start();
    for (const path of ['/nothing', '/send/', '/metrics', '/live/x', '/stream/messages']) {
      expect(problemDetail(await ask(url + path, 'GET'), 404), path).toContain(path);
    }
    expect(problemDetail(await ask(`${url}/nothing`, 'POST'), 404)).toContain('/nothing');
  });

  test.each(['/%ff', '/%', '/%00', '/..%2f..%2fpackage.json', '/%2e%2e/package.json', '/.env', '//'])(
    "P7: the path %s is the client's fault, not the server's",
    async (path) => {
      const { url } = await bracket.start();
      const { host } = new URL(url);
      const sent = request({ host: '127.0.0.1', port: host.split(':')[1], path, agent: false });
      const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
        sent.on('response', resolve).on('error', reject).end();
      });
      response.resume();
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(response.statusCode).toBeLessThan(500);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    },
  );
});
