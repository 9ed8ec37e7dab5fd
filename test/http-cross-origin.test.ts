// Pages of other origins: which may use this server, and which may not use its users' cookies.

import { expect, test } from 'vitest';
import { isForeign } from '../src/access/foreign-origin.ts';
import { ask } from './support/ask.ts';
import { onEachBus } from './support/bracket.ts';
import { problemDetail } from './support/publisher.ts';
import { answersIn } from './support/raw-answers.ts';
import { metric } from './support/replica.ts';
import { startSeenReplica } from './support/seen-replica.ts';
import { ALL, ASKING, token } from './support/token.ts';

const FRIEND = 'https://app.example';
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

onEachBus('Other origins', (bracket) => {
  test('A9: a page of a named origin may read every answer, errors and streams too', async () => {
    const { url } = await bracket.start({ ...ASKING, CORS_ORIGINS: `https://other.example,${FRIEND}` });
    const stream = await bracket.open(url, {
      headers: { Origin: FRIEND, Cookie: `fanfare_token=${await token(ALL)}` },
    });
    expect(stream.status).toBe(200);
    const refused = await ask(`${url}/stream`, { headers: { Origin: FRIEND } });
    const lost = await ask(`${url}/nothing`, { headers: { Origin: FRIEND } });
    expect([refused.status, lost.status]).toEqual([401, 404]);
    for (const headers of [new Headers(stream.headers as Record<string, string>), refused.headers, lost.headers]) {
      expect(headers.get('access-control-allow-origin')).toBe(FRIEND);
      expect(headers.get('access-control-allow-credentials')).toBe('true');
      expect(headers.get('vary')).toBe('Origin');
    }
  });

  test('A9: its preflight is answered with what it may send', async () => {
    const { url } = await bracket.start({ CORS_ORIGINS: FRIEND });
    const headers = { Origin: FRIEND, 'Access-Control-Request-Method': 'POST' };
    const { status, headers: answer } = await ask(`${url}/send`, { method: 'OPTIONS', headers });
    expect(status).toBe(204);
    expect(answer.get('access-control-allow-methods')).toBe('GET,HEAD,POST,DELETE');
    expect(answer.get('access-control-allow-headers')).toMatch(/Authorization.*Idempotency-Key.*Last-Event-ID/);
    expect(answer.get('access-control-max-age')).toBe('7200');
  });

  test.each(['https://evil.example', 'null', 'https://app.example.evil.example', 'http://app.example', ''])(
    'A9: a page of %j may read nothing',
    async (origin) => {
      const { url } = await bracket.start({ CORS_ORIGINS: FRIEND });
      const preflight = { Origin: origin, 'Access-Control-Request-Method': 'POST' };
      for (const { headers } of [
        await ask(`${url}/send`, { method: 'OPTIONS', headers: preflight }),
        await ask(`${url}/nothing`, { headers: { Origin: origin } }),
      ]) {
        expect(headers.get('access-control-allow-origin')).toBeNull();
        expect(headers.get('vary')).toBe('Origin');
      }
    },
  );

  test('A9: without the setting no answer speaks of origins', async () => {
    const { url } = await bracket.start();
    const { headers } = await ask(`${url}/nothing`, { headers: { Origin: FRIEND } });
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('vary')).toBeNull();
  });

  test('A8: a cookie does nothing for a page of another origin, and everything for ours', async () => {
    const replica = await bracket.start({ ...ASKING, CORS_ORIGINS: FRIEND });
    const { url } = replica;
    const cookie = { ...FORM, Cookie: `fanfare_token=${await token(ALL)}` };
    const send = (headers: Record<string, string>) =>
      ask(`${url}/send`, { method: 'POST', body: 'message=a', headers: { ...cookie, ...headers } });
    for (const headers of [{ Origin: 'https://evil.example' }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }])
      expect(problemDetail(await send(headers), 403)).toContain('another origin');
    expect(await metric(replica, 'fanfare_access_refused_total{reason="origin"}')).toBe(3);
    const foreign = { ...cookie, Origin: 'https://evil.example' };
    problemDetail(await ask(`${url}/ticket`, { method: 'POST', headers: foreign }), 403);
    problemDetail(await ask(`${url}/streams?subject=a`, { method: 'DELETE', headers: foreign }), 403);
    problemDetail(await ask(`${url}/session`, { method: 'DELETE', headers: foreign }), 403);
    for (const headers of [{ Origin: url }, { Origin: FRIEND }, { 'Sec-Fetch-Site': 'same-origin' }, {}])
      expect(await send(headers)).toMatchObject({ status: 201 });
    const withToken = { Authorization: `Bearer ${await token(ALL)}`, Origin: 'https://evil.example' };
    expect(await send(withToken)).toMatchObject({ status: 201 });
  });
});

test.each([
  ['with what cannot be met', 'Expect: more\r\nContent-Length: 1\r\n\r\na', 417],
  ['whose body stays away', 'Content-Length: 1000\r\n\r\nmessage=', 408],
])('A9: a page of a named origin may read how a request %s is refused', async (_what, rest, status) => {
  const { server, connect } = await startSeenReplica({ CORS_ORIGINS: FRIEND, ANONYMOUS_PUBLISH: 'true' });
  server.timeout = 50;
  for (const [origin, allowed] of [
    [FRIEND, FRIEND],
    ['https://evil.example', null],
  ]) {
    const connection = await connect();
    const type = 'Content-Type: application/x-www-form-urlencoded\r\n';
    connection.send(`POST /send HTTP/1.1\r\nHost: localhost\r\nOrigin: ${origin}\r\n${type}${rest}`);
    await connection.closed();
    const [answer] = answersIn(connection.text);
    expect(answer).toMatchObject({ status });
    expect(answer?.headers.get('access-control-allow-origin') ?? null).toBe(allowed);
    expect(answer?.headers.get('vary')).toBe('Origin');
  }
});

test.each<[foreign: boolean, headers: Record<string, string>]>([
  [false, { host: 'a.example' }],
  [false, { host: 'a.example', origin: 'https://a.example' }],
  [false, { host: 'a.example:8080', origin: 'http://a.example:8080' }],
  [false, { host: 'a.example', origin: 'https://b.example', 'sec-fetch-site': 'same-origin' }],
  [false, { host: 'a.example', 'sec-fetch-site': 'none' }],
  [false, { host: 'a.example', origin: FRIEND, 'sec-fetch-site': 'cross-site' }],
  [true, { host: 'a.example', origin: 'https://b.example' }],
  [true, { host: 'a.example', origin: 'https://a.example:444' }],
  [true, { host: 'a.example', origin: 'null' }],
  [true, { host: 'a.example', origin: '' }],
  [true, { host: 'a.example', 'sec-fetch-site': 'same-site' }],
  [true, { host: 'a.example', origin: 'https://a.example', 'sec-fetch-site': 'cross-site' }],
  [true, { host: 'a.example', 'sec-fetch-site': 'nonsense' }],
])('A8: it is %j that this comes from a foreign page: %j', (foreign, headers) => {
  expect(isForeign(headers, [FRIEND])).toBe(foreign);
});
