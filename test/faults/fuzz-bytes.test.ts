// Requests at random, byte by byte, through nginx and to a replica: whatever they are taken for, each answer is whole, none
// is the server's fault, and for each message in the log there is exactly one 201.

import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changed } from '../support/changed-bytes.ts';
import { answersIn, detailOf, type RawAnswer } from '../support/raw-answers.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { describeWith } from '../support/tools.ts';
import { bystander, expectServed, startHasty, startHastyNginx } from './hasty.ts';
import { BODY, CHUNKED, CHUNKS, INNER, LENGTH, MARKER, post } from './hostile-http.ts';
import { expectInStep } from './hostile-wire.ts';

const RUNS = { 'a replica': 4_000, nginx: 2_000 };
const LIMIT_MS = 120_000;
const LOG = 'fanfare:{0}:log';
const STREAM = /HTTP\/1\.1 200 OK\r\n(?:[\w-]+: [^\r\n]*\r\n)*?Content-Type: text\/event-stream\r\n/;
// A request that is never whole is given up so soon; long enough for one that is, on a machine with much to do.
const PATIENCE_MS = 1_500;

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: wire\r\n${headers}\r\n`;
const GOOD = [
  post(LENGTH, BODY),
  post(CHUNKED, CHUNKS),
  post(`Idempotency-Key: k\r\n${LENGTH}`, BODY),
  post(`Expect: 100-continue\r\n${LENGTH}`, BODY),
  post(LENGTH, BODY, '1.0'),
  get('/live'),
  get('/stream?channel=a'),
  get('/stream', 'Last-Event-ID: earliest\r\n'),
  get('/nothing', `Content-Length: ${INNER.length}\r\n`) + INNER,
  post(LENGTH, BODY) + post(LENGTH, BODY),
];
const TOKENS = [
  ...['\r\n', '\n', '\r', '\r\n\r\n', '\n\n', ' ', '\t', '\0', ':', ';', ',', '/', '%', '?', '#', '"', '\x7f', '\xff'],
  ...[
    LENGTH,
    CHUNKED,
    'Content-Length: 0\r\n',
    'Transfer-Encoding: identity\r\n',
    'Connection: close\r\n',
    'X: y\r\n ',
  ],
  ...[
    'Connection: Upgrade\r\nUpgrade: h2c\r\n',
    'Host: other\r\n',
    '0\r\n\r\n',
    '9\r\n',
    '1',
    'f',
    BODY,
    'HTTP/1.0',
    'POST ',
  ],
];
const bytes = fc.constantFrom(...GOOD).map((each) => Buffer.from(each, 'latin1'));
// What is behind it shows whether the connection is still in step; and what is too long for its bytes takes that.
const requests = changed(bytes, TOKENS).map((each) => Buffer.concat([each, Buffer.from(MARKER)]));

/** All that comes until somebody has ended the connection. */
function exchange(url: string, request: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    const end = () => void socket.end();
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => {
      text += piece;
      // A stream has no end of its own, and who has been refused ends its side.
      if (/^connection: close\r$/im.test(text) || text.includes('event: fanfare:open')) end();
    });
    socket.on('error', () => undefined).on('close', () => resolve(text));
    socket.write(request);
  });
}

function expectSound(answer: RawAnswer): void {
  const { status, headers } = answer;
  // 501 and 505 are what a server must say of what it does not know.
  if (status !== 501 && status !== 505) expect(status).toBeLessThan(500);
  if (status >= 400) detailOf(answer);
  if (status === 200) expect(headers.get('content-type')).toMatch(/^text\/html/);
}

let redis: RedisServer;

describeWith(['redis-server', 'nginx'], 'Bytes at random', () => {
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(() => redis.end());

  test.each(['a replica', 'nginx'] as const)(
    'P3, P7: to %s: each message has one 201, and each answer is sound',
    {
      timeout: LIMIT_MS,
    },
    async (where) => {
      const replica = await startHasty({ timeout: PATIENCE_MS }, { REDIS_URL: redis.url });
      const nginx = await startHastyNginx(replica, 1);
      const { url } = where === 'nginx' ? nginx : replica;
      const ids = new Set<string>();
      const length = () => redis.client.xlen(LOG);
      await fc.assert(
        fc.asyncProperty(requests, async (request) => {
          const before = (await length()) - ids.size;
          const text = await exchange(url, request);
          // Nothing comes behind a stream, and nothing ends it. To HTTP/0.9 nginx gives a body and nothing else.
          const whole = text.startsWith('HTTP/') ? text.slice(0, STREAM.exec(text)?.index) : '';
          for (const answer of answersIn(whole)) {
            expectSound(answer);
            if (answer.status === 201) ids.add((JSON.parse(answer.body) as { readonly id: string }).id);
          }
          expect(await length()).toBe(before + ids.size);
        }),
        { numRuns: RUNS[where] },
      );
      expect(ids.size).toBeGreaterThan(RUNS[where] / 20);
      await expectInStep(url);
      await expectServed(url, await bystander(url));
    },
  );
});
