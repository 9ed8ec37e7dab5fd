// What never becomes a request: a head that is too large, bytes that are not HTTP, and what does not come to its end. Each
// is told so, once, with what to change, and the connection ends.

import { expect, test } from 'vitest';
import { answersIn, detailOf, type RawAnswer } from './support/raw-answers.ts';
import { metric } from './support/replica.ts';
import { startSeenReplica } from './support/seen-replica.ts';

const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n';
const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: test\r\n${more}\r\n`;
const post = (headers: string, body: string) => `POST /send HTTP/1.1\r\nHost: test\r\n${FORM}${headers}\r\n${body}`;
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const FLOOD = 'x'.repeat(8_000_000);
const HEADLESS = 'HTTP/1.1\r\n\r\n';

const UNREAD: readonly (readonly [what: string, raw: string, status: number, named: RegExp])[] = [
  ['a header of 200 KB', get('/', `X-Long: ${'x'.repeat(200_000)}\r\n`), 431, /at most 147456 bytes/],
  ['a query of 200 KB', get(`/stream?x=${'x'.repeat(200_000)}`), 431, /at most 147456 bytes/],
  ['cookies of 200 KB', get('/stream', `Cookie: ${'a=b; '.repeat(40_000)}c=d\r\n`), 431, /at most 147456 bytes/],
  ['3,000 headers', get('/', 'X: y\r\n'.repeat(3_000)), 431, /2000 header fields/],
  ['3,000 headers of a stream', get('/stream', 'X: y\r\n'.repeat(3_000)), 431, /2000 header fields/],
  ['trailers of 200 KB', post(CHUNKED, `9\r\nmessage=m\r\n0\r\nX: ${'x'.repeat(200_000)}\r\n\r\n`), 431, /147456/],
  ['a chunk extension of 64 KB', post(CHUNKED, `9;${'x'.repeat(65_536)}\r\nmessage=m\r\n`), 413, /chunk extensions/],
  ['a chunk without a size', post(CHUNKED, 'message=m\r\n0\r\n\r\n'), 400, /chunk size/],
  ['a method in lower case', 'get / HTTP/1.1\r\nHost: test\r\n\r\n', 400, /Invalid method/],
  ['a lone LF behind a line', 'GET / HTTP/1.1\nHost: test\n\n', 400, /not valid HTTP\/1\.1/],
  ['NUL in a header', get('/', 'X: a\0b\r\n'), 400, /not valid HTTP\/1\.1/],
  ['a greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, /not valid HTTP\/1\.1/],
  ['a greeting of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, /not valid HTTP\/1\.1/],
  ['HTTP/2 without its frames', 'GET / HTTP/2.0\r\nHost: test\r\n\r\n', 400, /not HTTP\/2\.0/],
  ['HTTP/0.9', 'GET /\r\n\r\n', 400, /not HTTP\/0\.9/],
  ['HTTP/9.9', 'GET / HTTP/9.9\r\nHost: test\r\n\r\n', 400, /not valid HTTP\/1\.1/],
  ['CONNECT', 'CONNECT test:80 HTTP/1.1\r\nHost: test\r\n\r\n', 400, /no proxy/],
  ['no host', `GET / ${HEADLESS}`, 400, /one Host/],
  ['no host of a stream', `GET /stream ${HEADLESS}`, 400, /one Host/],
  ['two hosts', get('/', 'Host: test\r\n'), 400, /one Host/],
  ['two hosts of a stream', get('/stream', 'host: other\r\n'), 400, /one Host/],
  ['a host with a path', get('/').replace('test', 'test/send'), 400, /Host is to be a name/],
  ['a host with a user', get('/').replace('test', 'test@elsewhere'), 400, /Host is to be a name/],
  ['an expectation nobody knows', get('/', 'Expect: \x22more\x22\r\n'), 417, /100-continue/],
];

function expectRefused(answer: RawAnswer | undefined, status: number, named: RegExp): void {
  expect(answer).toMatchObject({ status });
  expect(detailOf(answer as RawAnswer)).toMatch(named);
  expect(answer?.headers.get('connection')).toBe('close');
  expect(Date.parse(answer?.headers.get('date') ?? '')).not.toBeNaN();
}

test.each(UNREAD)('P7: %s is answered with a problem that says what to change', async (_what, raw, status, named) => {
  const { replica, connect } = await startSeenReplica();
  const connection = await connect();
  connection.send(raw, 'latin1');
  await connection.closed();
  const answers = answersIn(connection.text);
  expect(answers).toHaveLength(1);
  expectRefused(answers[0], status, named);
  expect(await metric(replica, 'fanfare_streams')).toBe(0);
  expect(replica.errors).toEqual([]);
});

test.each([
  ['a head', 'GET / HTTP/1.1\r\nHost: te'],
  ['a body', post('Content-Length: 20\r\n', 'message=m')],
])('P7: who ends its side within %s is told so', async (_what, raw) => {
  const { connect } = await startSeenReplica();
  const connection = await connect();
  connection.send(raw);
  connection.socket.end();
  await connection.closed();
  expectRefused(answersIn(connection.text)[0], 400, /ended within the request/);
});

test.each([
  ['a header', get('/', `X-Long: ${FLOOD}\r\n`), 431, /at most 147456 bytes/],
  ['what is to go through CONNECT', `CONNECT test:80 HTTP/1.1\r\nHost: test\r\n\r\n${FLOOD}`, 400, /no proxy/],
] as const)(
  'P7: who is still sending megabytes of %s can read why it is refused',
  async (_what, raw, status, named) => {
    const { connect } = await startSeenReplica();
    for (let round = 0; round < 5; round += 1) {
      const connection = await connect();
      connection.send(raw);
      await connection.closed();
      expect(connection.failed, 'it was reset').toBeUndefined();
      expectRefused(answersIn(connection.text)[0], status, named);
    }
  },
);

test('P7: what cannot be read behind a publish is refused after the publish is answered', async () => {
  const { connect } = await startSeenReplica();
  const connection = await connect();
  connection.send(`${post('Content-Length: 9\r\n', 'message=m')}what is this\r\n\r\n`);
  await connection.closed();
  const answers = answersIn(connection.text);
  expect(answers.map(({ status }) => status)).toEqual([201, 400]);
});

test('P7: a body that breaks after its request was refused gets no second answer', async () => {
  const { connect } = await startSeenReplica();
  const connection = await connect();
  connection.send(post(CHUNKED, '').replace(FORM, 'Content-Type: text/plain\r\n'));
  await connection.has('HTTP/1.1 415 ');
  connection.send('no chunk\r\n');
  await connection.closed();
  expect(answersIn(connection.text).map(({ status }) => status)).toEqual([415]);
});

test('P7: a body that breaks is refused in its turn, behind the answers before it', async () => {
  const { connect } = await startSeenReplica();
  const connection = await connect();
  // A file is looked for meanwhile.
  connection.send(get('/nothing') + post(CHUNKED, 'no chunk\r\n'));
  await connection.closed();
  const answers = answersIn(connection.text);
  expect(answers.map(({ status }) => status)).toEqual([404, 400]);
  expectRefused(answers[1], 400, /chunk size/);
});

test('S1: what cannot be read behind a stream gets no answer, and ends it', async () => {
  const { connect, stream } = await startSeenReplica();
  const later = await stream({
    what: '',
    handedOver: false,
    send: (to, target) => to.send(get('/livez') + get(target)),
  });
  const { length } = later.text;
  later.send('what is this\r\n\r\n');
  await later.closed();
  expect(later.text.slice(length)).toBe('');
  const together = await connect();
  together.send(`${get('/livez') + get('/stream')}what is this\r\n\r\n`);
  await together.closed();
  expect(together.text.match(/HTTP\/1\.1 \d+/g)).not.toContain('HTTP/1.1 400');
});
