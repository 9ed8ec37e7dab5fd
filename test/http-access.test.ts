// Who may publish and listen, as replicas ask it: tokens, cookies, tickets, and what each may do.

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK } from 'jose';
import { expect, test } from 'vitest';
import { ask } from './support/ask.ts';
import { onEachBus } from './support/bracket.ts';
import { postJson, problemDetail, publish } from './support/publisher.ts';
import { metric } from './support/replica.ts';
import { ALL, ASKING, bearer, token } from './support/token.ts';
import { until } from './support/until.ts';

const NEWS = { publish: ['news'], subscribe: ['news', 'user-*'] };

onEachBus('Access', (bracket) => {
  test('A2: without a token nobody publishes or listens, and the answer says what to send', async () => {
    const replica = await bracket.start(ASKING);
    for (const answer of [await postJson(replica.url, { message: 'a' }), await ask(`${replica.url}/stream`)]) {
      expect(problemDetail(answer, 401)).toContain('send Authorization: Bearer');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="fanfare"');
    }
    expect(await metric(replica, 'fanfare_access_refused_total{reason="missing"}')).toBe(2);
    expect(await metric(replica, 'fanfare_streams_rejected_total{reason="unauthorized"}')).toBe(1);
    expect(await metric(replica, 'fanfare_messages_published_total{result="rejected"}')).toBe(1);
  });

  test('A2: a token opens the channels that it names, exactly or by how they begin, and no others', async () => {
    const { url } = await bracket.start(ASKING);
    const headers = await bearer(NEWS);
    const stream = await bracket.open(url, { query: 'channel=news&channel=user-7', headers });
    expect(await stream.next()).toMatchObject({ event: 'fanfare:open' });
    const id = await publish(url, { channel: 'news', message: 'a' }, headers);
    expect(await stream.next()).toMatchObject({ id });
    for (const query of ['channel=newsroom', 'channel=news&channel=other', '', 'channel=user', 'channel=News'])
      expect(problemDetail(await ask(`${url}/stream?${query}`, { headers }), 403)).toContain(
        '"subscribe" does not cover',
      );
    for (const channel of ['user-7', 'other', ['news', 'other']]) {
      const answer = await postJson(url, { channel, message: 'b' }, headers);
      expect(problemDetail(answer, 403)).toContain('"publish" does not cover the channel');
      expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    }
    const batch = await postJson(url, [{ channel: 'news', message: 'c' }, { message: 'd' }], headers);
    problemDetail(batch, 403);
    const after = await publish(url, { channel: 'news', message: 'e' }, headers);
    expect(await stream.next()).toMatchObject({ id: after });
  });

  test.each<[what: string, headers: () => Promise<Record<string, string>>, detail: string]>([
    ['expired', () => bearer(ALL, { expiresIn: -1 }), 'has expired'],
    ['without an end', () => bearer(ALL, { expiresIn: undefined }), '"exp"'],
    ['that ends in a year', () => bearer(ALL, { expiresIn: 366 * 86_400 }), 'is more than 2678400 s away'],
    [
      'of the day after tomorrow',
      () => bearer(ALL, { issuedIn: 172_800, expiresIn: 259_200 }),
      '"iat" is in the future',
    ],
    ['issued in milliseconds', () => bearer({ ...ALL, iat: Date.now() }), '"iat" is in the future'],
    ['for nobody', () => bearer({ ...ALL, sub: '' }), '"sub" cannot be used'],
    ['for somebody with a line end', () => bearer({ ...ALL, sub: 'a\nb' }), '"sub" cannot be used'],
    ['not valid yet', () => bearer({ ...ALL, nbf: Math.floor(Date.now() / 1_000) + 60 }), '"nbf"'],
    ['for somebody else', () => bearer({ ...ALL, aud: 'another service' }), '"aud"'],
    ['with a text for a list', () => bearer({ publish: '*', subscribe: '*' }), '"publish" must be a list'],
    ['with another algorithm', () => bearer(ALL, { algorithm: 'HS512' }), 'is not one of ours'],
    ['that is none', async () => ({ Authorization: 'Bearer abc' }), 'is not one of ours'],
    ['of another scheme', async () => ({ Authorization: 'Basic YTpi' }), 'must be: Bearer'],
    ['in an empty header', async () => ({ Authorization: 'Bearer ' }), 'must be: Bearer'],
  ])('A2: a token %s is refused, and so is it where none is needed', async (_what, headers, detail) => {
    const asking = await bracket.start(ASKING);
    const open = await bracket.start({ ...ASKING, ANONYMOUS_PUBLISH: 'true', ANONYMOUS_SUBSCRIBE: 'true' });
    for (const { url } of [asking, open]) {
      const answer = await postJson(url, { message: 'a' }, await headers());
      expect(problemDetail(answer, 401)).toContain(detail);
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(problemDetail(await ask(`${url}/stream`, { headers: await headers() }), 401)).toContain(detail);
    }
  });

  test('A2: issuer and audience are as the settings say', async () => {
    const { url } = await bracket.start({ ...ASKING, AUTH_JWT_ISSUER: 'us', AUTH_JWT_AUDIENCE: 'fanfare' });
    await publish(url, { message: 'a' }, await bearer({ ...ALL, iss: 'us', aud: ['other', 'fanfare'] }));
    for (const claims of [
      { iss: 'them', aud: 'fanfare' },
      { iss: 'us', aud: 'other' },
      { iss: 'us' },
      { aud: 'fanfare' },
    ])
      problemDetail(await postJson(url, { message: 'a' }, await bearer({ ...ALL, ...claims })), 401);
  });

  test('A1: what is open to everybody needs no token, and nothing else is open', async () => {
    const { url } = await bracket.start({ ...ASKING, ANONYMOUS_SUBSCRIBE: 'true' });
    const stream = await bracket.subscribed(url, 'channel=any');
    problemDetail(await postJson(url, { channel: 'any', message: 'a' }), 401);
    const id = await publish(url, { channel: 'any', message: 'b' }, await bearer(ALL));
    expect(await stream.next()).toMatchObject({ id });
  });

  test('A7: who comes back with a cursor is asked again, and learns nothing of what is not for him', async () => {
    const { url } = await bracket.start(ASKING);
    const id = await publish(url, { channel: 'secret', message: 'a' }, await bearer(ALL));
    for (const cursor of [id, 'earliest', '1-1']) {
      const headers = { ...(await bearer(NEWS)), 'Last-Event-ID': cursor };
      const answer = await ask(`${url}/stream?channel=secret`, { headers });
      expect(problemDetail(answer, 403)).not.toContain(id);
    }
  });

  test('A10: a key belongs to its subject', async () => {
    const [a, b] = await bracket.pair(ASKING);
    const key = { 'Idempotency-Key': 'order-1' };
    const first = await publish(a.url, { message: 'a' }, { ...key, ...(await bearer(ALL)) });
    const other = await publish(b.url, { message: 'b' }, { ...key, ...(await bearer({ ...ALL, sub: 'ben' })) });
    expect(other).not.toBe(first);
    expect(await publish(b.url, { message: 'a' }, { ...key, ...(await bearer(ALL)) })).toBe(first);
  });
});

onEachBus('Where a token comes from', (bracket) => {
  test('A3: the cookie does for a stream, the header wins, and a URL is not looked at', async () => {
    const { url } = await bracket.start(ASKING);
    const cookie = `other=1; fanfare_token=${await token(NEWS)}`;
    const stream = await bracket.open(url, { query: 'channel=news', headers: { Cookie: cookie } });
    expect(await stream.next()).toMatchObject({ event: 'fanfare:open' });
    const both = { Cookie: cookie, ...(await bearer({ subscribe: ['other'] })) };
    problemDetail(await ask(`${url}/stream?channel=news`, { headers: both }), 403);
    for (const name of ['access_token', 'token', 'jwt', 'authorization', 'fanfare_token']) {
      const answer = await ask(`${url}/stream?channel=news&${name}=${await token(NEWS)}`);
      expect(problemDetail(answer, 401)).toContain(
        name === 'fanfare_token' ? 'needs a token' : 'in the URL is never read',
      );
    }
  });

  test('A3: a ticket is good once, on any replica, for what its token may', async () => {
    const [a, b] = await bracket.pair(ASKING);
    const ticket = await ticketOf(a.url);
    problemDetail(await ask(`${b.url}/stream?channel=other&ticket=${ticket}`), 403);
    expect(problemDetail(await ask(`${b.url}/stream?channel=news&ticket=${ticket}`), 401)).toContain('has been used');
    const query = `channel=news&ticket=${await ticketOf(a.url)}`;
    expect(await (await bracket.open(b.url, { query })).next()).toMatchObject({ event: 'fanfare:open' });
    for (const { url } of [a, b]) problemDetail(await ask(`${url}/stream?${query}`), 401);
    for (const wrong of ['', 'x', 'a'.repeat(32), '../key'])
      problemDetail(await ask(`${a.url}/stream?channel=news&ticket=${wrong}`), 401);
    problemDetail(await postJson(`${a.url}`, { message: 'a' }, { Cookie: `ticket=${await ticketOf(a.url)}` }), 401);
  });

  test('A3: HEAD asks whether a ticket is good, and does not spend it', async () => {
    const [a, b] = await bracket.pair(ASKING);
    const query = `channel=news&ticket=${await ticketOf(a.url)}`;
    const head = (url: string) => ask(`${url}/stream?${query}`, { method: 'HEAD' });
    for (const { url } of [a, b, b]) expect(await head(url)).toMatchObject({ status: 200 });
    expect(await (await bracket.open(b.url, { query })).next()).toMatchObject({ event: 'fanfare:open' });
    for (const { url } of [a, b]) expect(await head(url)).toMatchObject({ status: 401 });
  });

  test('A3: a ticket ends with its token', async () => {
    const { url } = await bracket.start(ASKING);
    const headers = await bearer(NEWS, { expiresIn: 1 });
    const ticket = await ticketOf(url, headers);
    await until('it has ended', async () => (await ask(`${url}/ticket`, { method: 'POST', headers })).status === 401);
    expect(problemDetail(await ask(`${url}/stream?channel=news&ticket=${ticket}`), 401)).toContain('has expired');
  });

  test('A4: a session is a cookie that scripts and other sites cannot use, as long as its token', async () => {
    const { url } = await bracket.start({ ...ASKING, TRUST_PROXY: 'true' });
    const headers = await bearer(NEWS);
    const begun = await ask(`${url}/session`, { method: 'POST', headers });
    expect(begun.status).toBe(204);
    const [cookie, ...attributes] = (begun.headers.get('set-cookie') ?? '').split('; ');
    expect(attributes).toEqual(expect.arrayContaining(['path=/', 'httponly', 'samesite=strict']));
    expect(attributes).not.toContain('secure');
    const expires = attributes.find((each) => each.startsWith('expires='))?.slice(8);
    expect(Date.parse(expires ?? '')).toBeGreaterThan(Date.now() + 50_000);
    const stream = await bracket.open(url, { query: 'channel=news', headers: { Cookie: cookie as string } });
    expect(await stream.next()).toMatchObject({ event: 'fanfare:open' });
    const secure = await ask(`${url}/session`, {
      method: 'POST',
      headers: { ...headers, 'X-Forwarded-Proto': 'https' },
    });
    expect(secure.headers.get('set-cookie')).toContain('; secure');
    const over = await ask(`${url}/session`, { method: 'DELETE' });
    expect(over).toMatchObject({ status: 204 });
    expect(over.headers.get('set-cookie')).toMatch(/^fanfare_token=;.*expires=Thu, 01 Jan 1970/);
    const long = await bearer({ subscribe: Array.from({ length: 300 }, (_, index) => `channel-${index}`) });
    expect(problemDetail(await ask(`${url}/session`, { method: 'POST', headers: long }), 400)).toContain(
      'too long for a cookie',
    );
    problemDetail(await ask(`${url}/session`, { method: 'POST' }), 401);
    problemDetail(await ask(`${url}/session`, { method: 'POST', headers: { Cookie: cookie as string } }), 400);
  });

  test.each([
    ['POST', '/ticket'],
    ['POST', '/session'],
    ['DELETE', '/session'],
    ['DELETE', '/streams?subject=a'],
  ])('A1: without a key there is no %s %s', async (method, path) => {
    const { url } = await bracket.start();
    problemDetail(await ask(url + path, { method, headers: await bearer(ALL) }), 404);
  });
});

onEachBus('Keys of others', (bracket) => {
  test.each(['RS256', 'ES256', 'EdDSA'])('A2: a public key checks %s', async (algorithm) => {
    const { publicKey, privateKey } = keyPair(algorithm);
    const key = String(publicKey.export({ type: 'spki', format: 'pem' }));
    const { url } = await bracket.start({ AUTH_JWT_PUBLIC_KEY: key });
    await publish(url, { message: 'a' }, await bearer(ALL, { key: privateKey, algorithm }));
    const other = keyPair(algorithm).privateKey;
    problemDetail(await postJson(url, { message: 'a' }, await bearer(ALL, { key: other, algorithm })), 401);
    problemDetail(await postJson(url, { message: 'a' }, await bearer(ALL)), 401);
  });

  test('A2: a key set checks the tokens of its keys, and while it cannot be had nobody is let in or turned away', async () => {
    const { publicKey, privateKey } = keyPair('RS256');
    const set = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] };
    let up = false;
    const issuer = createServer((_request, response) => {
      if (up) response.setHeader('Content-Type', 'application/json').end(JSON.stringify(set));
      else response.writeHead(500).end();
    }).listen(0, '127.0.0.1');
    bracket.ending(() => issuer.close());
    await once(issuer, 'listening');
    const { port } = issuer.address() as AddressInfo;
    const { url } = await bracket.start({ AUTH_JWKS_URL: `http://127.0.0.1:${port}/` });
    const header = { kid: 'one' };
    const headers = await bearer(ALL, { key: privateKey, algorithm: 'RS256', header });
    const answer = await postJson(url, { message: 'a' }, headers);
    expect(problemDetail(answer, 503)).toContain('Nobody can tell now');
    expect(answer.headers.get('retry-after')).toBe('1');
    up = true;
    await publish(url, { message: 'a' }, headers);
    const unknown = await bearer(ALL, { key: keyPair('RS256').privateKey, algorithm: 'RS256', header: { kid: 'two' } });
    problemDetail(await postJson(url, { message: 'a' }, unknown), 401);
  });
});

function keyPair(algorithm: string) {
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
}

async function ticketOf(url: string, headers?: Record<string, string>): Promise<string> {
  const answer = await ask(`${url}/ticket`, { method: 'POST', headers: headers ?? (await bearer(NEWS)) });
  expect(answer).toMatchObject({ status: 201 });
  const { ticket, expiresIn } = JSON.parse(answer.text) as { ticket: string; expiresIn: number };
  expect(expiresIn).toBe(30);
  return ticket;
}
