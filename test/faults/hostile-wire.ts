// Requests as no client library writes them, byte by byte, and what becomes of their connections.

import { once } from 'node:events';
import { connect } from 'node:net';

/** A request, with which statuses nginx answers (none where it breaks off), and whether the client ends its side. */
type WireRow = readonly [what: string, raw: string, statuses: readonly number[], ending?: 'cut'];

const TYPE = 'Content-Type: application/x-www-form-urlencoded\r\n';
const CLOSE = 'Connection: close\r\n';
const LENGTH = 'Content-Length: 9\r\n';
const BODY = 'message=m';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const CHUNKS = `9\r\n${BODY}\r\n0\r\n\r\n`;

const post = (headers: string, body: string, version = '1.1') =>
  `POST /send HTTP/${version}\r\nHost: wire\r\n${TYPE}${CLOSE}${headers}\r\n${body}`;
const kept = (body: string) => post(LENGTH, body).replace(CLOSE, '');
const inner = post('Content-Length: 16\r\n', 'message=smuggled');

/** Bodies whose ends are disputed: whoever takes one for longer or shorter than it is, sees the next request there. */
const SMUGGLING: readonly WireRow[] = [
  ['a length and chunks', post(`Content-Length: 5\r\n${CHUNKED}`, `0\r\n\r\n${inner}`), [400]],
  ['chunks and a length', post(`${CHUNKED}Content-Length: 200\r\n`, CHUNKS + inner), [400]],
  ['two lengths', post(`${LENGTH}Content-Length: 16\r\n`, BODY + inner), [400]],
  ['a list of lengths', post('Content-Length: 9, 9\r\n', BODY), [400]],
  ['a length with a sign', post('Content-Length: +9\r\n', BODY), [400]],
  ['a length below zero', post('Content-Length: -1\r\n', BODY), [400]],
  ['a length past every integer', post(`Content-Length: ${'9'.repeat(30)}\r\n`, BODY), [400]],
  ['a space before the colon', post('Content-Length : 9\r\n', BODY), [400]],
  ['a coding nobody knows', post('Transfer-Encoding: xchunked\r\n', CHUNKS), [501]],
  ['a coding after chunks', post('Transfer-Encoding: chunked, identity\r\n', CHUNKS + inner), [501]],
  ['a VT before the coding', post('Transfer-Encoding: \x0bchunked\r\n', CHUNKS), [501]],
  ['two codings', post(`${CHUNKED}Transfer-Encoding: identity\r\n`, CHUNKS + inner), [400]],
  ['a folded coding', post('Transfer-Encoding:\r\n chunked\r\n', CHUNKS), [400]],
  ['a chunk of endless size', post(CHUNKED, `${'f'.repeat(18)}\r\n${BODY}\r\n0\r\n\r\n`), [400]],
  ['a chunk of negative size', post(CHUNKED, `-1\r\n${BODY}\r\n0\r\n\r\n`), [400]],
  ['a chunk of hexadecimal words', post(CHUNKED, `0x9\r\n${BODY}\r\n0\r\n\r\n`), [400]],
  ['a lone LF in a chunk extension', post(CHUNKED, `9;a\nx\r\n${BODY}\r\n0\r\n\r\n`), [400]],
  ['chunks in HTTP/1.0', post(CHUNKED, CHUNKS, '1.0').replace(CLOSE, ''), [400]],
  ['NUL in a header', post(`X-Wire: a\0b\r\n${LENGTH}`, BODY), [400]],
  ['CR in a header', post(`X-Wire: a\rb\r\n${LENGTH}`, BODY), [400]],
  ['two hosts', post(`Host: other\r\n${LENGTH}`, BODY), [400]],
  ['no host', post(LENGTH, BODY).replace('Host: wire\r\n', ''), [400]],
  ['two Idempotency-Keys', post(`Idempotency-Key: a\r\nIdempotency-Key: b\r\n${LENGTH}`, BODY), [400]],
  ['a method with a control', post(LENGTH, BODY).replace('POST', 'PO\x01T'), [400]],
  ['another version', post(LENGTH, BODY, '9.9'), [505]],
  ['40 KB of one header', post(`X-Wire: ${'x'.repeat(40_000)}\r\n${LENGTH}`, BODY), [400]],
  ['5,000 headers', post(`${'X:y\r\n'.repeat(5_000)}${LENGTH}`, BODY), [400]],
  ['a body that ends too early', post('Content-Length: 99\r\n', BODY), [], 'cut'],
  ['chunks that end too early', post(CHUNKED, `9\r\n${BODY}\r\n`), [], 'cut'],
  ['a header that ends too early', post(LENGTH, '').slice(0, -4), [], 'cut'],
  ['a greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400], 'cut'],
];

/** What is strange, and yet right. */
const TAKEN: readonly WireRow[] = [
  ['chunks of one byte', post(CHUNKED, `${[...BODY].map((byte) => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`), [201]],
  ['a chunk extension of 10 KB', post(CHUNKED, `9;${'x'.repeat(10_000)}="y"\r\n${BODY}\r\n0\r\n\r\n`), [201]],
  ['a request to continue', post(`Expect: 100-continue\r\n${LENGTH}`, BODY), [100, 201]],
  ['HTTP/1.0', post(LENGTH, BODY, '1.0'), [201]],
  ['HTTP/1.0 without a host', post(LENGTH, BODY, '1.0').replace('Host: wire\r\n', ''), [201]],
  ['an address with another host', post(LENGTH, BODY).replace('/send', 'http://other/send'), [201]],
  ['two headers of 20 KB', post(`${`X-Wire: ${'x'.repeat(20_000)}\r\n`.repeat(2)}${LENGTH}`, BODY), [201]],
  ['1,000 headers', post(`${'X-Wire: y\r\n'.repeat(996)}${LENGTH}`, BODY), [201]],
  ['an upgrade', post(`Upgrade: h2c\r\n${LENGTH}`, BODY), [201]],
  ['two requests at once', kept(BODY) + post(LENGTH, BODY), [201, 201]],
];

type Ending = 'cut' | 'open';

export const WIRE = [...SMUGGLING, ...TAKEN].map(
  ([what, raw, statuses, ending]): readonly [string, string, readonly number[], Ending] => [
    what,
    raw,
    statuses,
    ending ?? 'open',
  ],
);

export interface Exchange {
  readonly statuses: readonly number[];
  readonly text: string;
}

/** Sends these bytes and resolves when the connection has ended. Who has been refused, or is to cut, ends its side. */
export async function exchange(url: string, raw: string, ending: Ending): Promise<Exchange> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  const statuses = () => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
  socket.setEncoding('latin1').on('data', (piece: string) => {
    text += piece;
    if (statuses().some((status) => status >= 400)) socket.end();
  });
  // A reset is an end as good as another.
  socket.on('error', () => undefined);
  socket.write(raw, 'latin1');
  if (ending === 'cut') socket.end();
  await once(socket, 'close');
  return { statuses: statuses(), text };
}
