// nginx's own answers to pages of other origins: what a replica would say of the origin, said by nginx where none answers,
// and once in any case. Started as Compose does it, with its script.

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Nginx, startNginx } from './support/nginx.ts';
import { freePort } from './support/redis.ts';
import { describeWith } from './support/tools.ts';

const PAGE = 'https://app.example.org';
const LONG = `https://${'long-name.'.repeat(20)}example.org:8443`;
const ORIGINS = `${PAGE}, http://localhost:5173,${LONG},${PAGE}`;

interface Answer {
  readonly status: number;
  /** By lower-case name, every value that came. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

async function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string> } = {},
  body?: Buffer,
): Promise<Answer> {
  const sent = request(url, { agent: false, ...options }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const headers = new Map<string, string[]>();
  for (let at = 0; at < response.rawHeaders.length; at += 2) {
    const name = String(response.rawHeaders[at]).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), String(response.rawHeaders[at + 1])]);
  }
  response.resume();
  return { status: response.statusCode ?? 0, headers };
}

/** What an answer says to the page that asked. */
function said({ headers }: Answer): object {
  const names = ['vary', 'access-control-allow-origin', 'access-control-allow-credentials'];
  return Object.fromEntries(names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name)]] : [])));
}

function allowed(origin: string): object {
  return {
    vary: ['Origin'],
    'access-control-allow-origin': [origin],
    'access-control-allow-credentials': ['true'],
  };
}

describeWith(['nginx'], 'nginx and the pages of other origins', () => {
  let replica: Server;
  let behind: Nginx;
  let deserted: Nginx;

  beforeAll(async () => {
    // As a replica says it, since the duty is nginx's where it answers itself, and only there.
    replica = createServer((asked, response) => {
      const status = Number(new URL(asked.url ?? '', 'http://replica').searchParams.get('status') ?? 200);
      const { origin, cookie, authorization } = asked.headers;
      response.writeHead(status, {
        Vary: 'Origin',
        'Access-Control-Allow-Origin': String(origin),
        'Access-Control-Allow-Credentials': 'true',
        'X-Content-Type-Options': 'nosniff',
        'X-Seen': [origin, cookie, authorization].join('|'),
      });
      response.end();
    }).listen(0, '127.0.0.1');
    await once(replica, 'listening');
    const { port } = replica.address() as AddressInfo;
    behind = await startNginx([`http://127.0.0.1:${port}`], undefined, { CORS_ORIGINS: ORIGINS });
    deserted = await startNginx([`http://127.0.0.1:${await freePort()}`], undefined, { CORS_ORIGINS: ORIGINS });
  });

  afterAll(async () => {
    await behind?.stop();
    await deserted?.stop();
    replica?.closeAllConnections();
    replica?.close();
  });

  /** How nginx answers itself: a stream sent away, a problem for want of replicas, one of the request, and HEAD. */
  async function ownAnswers(headers: Record<string, string>): Promise<readonly [Answer, Answer, Answer, Answer]> {
    const long = { ...headers, 'Content-Length': String(3 * 2 ** 20) };
    const answers = await Promise.all([
      ask(`${deserted.url}/stream`, { headers }),
      ask(`${deserted.url}/send`, { method: 'POST', headers }, Buffer.from('message=m')),
      ask(`${deserted.url}/send`, { method: 'POST', headers: long }, Buffer.alloc(0)),
      ask(`${deserted.url}/stream`, { method: 'HEAD', headers }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 503, 413, 503]);
    return answers;
  }

  test.each([PAGE, 'http://localhost:5173', LONG])(
    'R11: a page of %s may read what nginx itself says',
    async (origin) => {
      for (const answer of await ownAnswers({ Origin: origin })) expect(said(answer)).toEqual(allowed(origin));
      const [, away] = await ownAnswers({ Origin: origin });
      expect(away.headers.get('access-control-expose-headers')).toEqual(['Retry-After']);
    },
  );

  test.each([
    'https://evil.example',
    'https://app.example.org.evil.example',
    `${PAGE}:444`,
    'http://app.example.org',
    'null',
    '',
  ])('A9, R11: a page of %j may not', async (origin) => {
    for (const answer of await ownAnswers({ Origin: origin })) {
      expect(said(answer)).toEqual({ vary: ['Origin'] });
      expect(answer.headers.has('access-control-expose-headers')).toBe(false);
    }
  });

  test('A9, R11: a stream that a replica refuses for now is sent away with the headers of the origin, once', async () => {
    for (const status of [429, 500, 502, 503, 504]) {
      const answer = await ask(`${behind.url}/stream?status=${status}`, { headers: { Origin: PAGE } });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toEqual(['text/event-stream']);
      expect(said(answer)).toEqual(allowed(PAGE));
      expect(answer.headers.get('x-content-type-options')).toEqual(['nosniff']);
    }
  });

  test('A9: what a replica says passes as it is, with nothing said twice, and it sees who asks', async () => {
    const headers = { Origin: PAGE, Cookie: 'fanfare_token=c', Authorization: 'Bearer a' };
    for (const path of [
      '/stream',
      '/stream?status=401',
      '/stream?status=403',
      '/send',
      '/send?status=429',
      '/ticket',
    ]) {
      const answer = await ask(behind.url + path, { headers });
      expect(said(answer)).toEqual(allowed(PAGE));
      expect(answer.headers.get('x-content-type-options')).toEqual(['nosniff']);
      expect(answer.headers.get('x-seen')).toEqual([`${PAGE}|fanfare_token=c|Bearer a`]);
    }
  });

  test('Security: what nginx itself says is not to be guessed at, and a problem can do nothing as a page', async () => {
    const [away, ...problems] = await ownAnswers({});
    expect(away.headers.get('x-content-type-options')).toEqual(['nosniff']);
    for (const { headers } of problems) {
      expect(headers.get('x-content-type-options')).toEqual(['nosniff']);
      expect(headers.get('content-security-policy')).toEqual(["default-src 'none'; frame-ancestors 'none'"]);
      expect(headers.get('content-type')).toEqual(['application/problem+json']);
    }
  });
});
