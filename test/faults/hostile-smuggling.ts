// Bodies whose ends are disputed: whoever takes one for longer or shorter than it is, sees the next request there.

import { BODY, CHUNKED, CHUNKS, INNER, INNER_CHUNK, LENGTH, post, rows, type Told } from './hostile-http.ts';

const NOTHING_MORE = '0\r\n\r\n';
const length = (value: string) => post(`Content-Length: ${value}\r\n`, BODY);
const coding = (line: string, body = CHUNKS) => post(`${line}\r\n`, body);
const chunks = (body: string) => post(CHUNKED, body);
/** A length that covers the chunks, and a coding: who takes the coding sees the inner request. */
const both = (line: string) =>
  post(`Content-Length: ${NOTHING_MORE.length + INNER.length}\r\n${line}\r\n`, NOTHING_MORE + INNER);
const STREAM = 'GET /stream HTTP/1.1\r\nHost: wire\r\n\r\n';
const bodied = (method: string, headers: string, body: string) =>
  `${method} /nothing HTTP/1.1\r\nHost: wire\r\n${headers}\r\n${body}`;

const LENGTHS: readonly Told[] = [
  ['two lengths', post(`${LENGTH}Content-Length: 16\r\n`, BODY + INNER), [400]],
  ['the same length twice', post(LENGTH + LENGTH, BODY), [400]],
  ['a list of lengths', length('9, 9'), [400]],
  ['a length with a sign', length('+9'), [400]],
  ['a length below zero', length('-1'), [400]],
  ['a length in hexadecimal', length('0x9'), [400]],
  ['a length with a point', length('9.0'), [400]],
  ['a length in another script', length('\xd9\xa9'), [400]],
  ['a length with a space in it', length('9 9'), [400]],
  ['a length past every integer', length('9'.repeat(30)), [400]],
  ['a length of 2^64 and 9', length('18446744073709551625'), [400]],
  ['an empty length', length(''), [400]],
  ['a length with a semicolon', length('9;'), [400]],
  ['a length with NUL', length('9\0'), [400]],
  ['a length with VT', length('\x0b9'), [400]],
  ['a length with zeros before it', length('0000000009'), [201, 404]],
  ['a length with spaces around it', length(' 9 '), [201, 404]],
  ['a length with tabs around it', length('\t9\t'), [400], [201, 404]],
  ['a length with a space before the colon', post('Content-Length : 9\r\n', BODY), [400]],
  ['a length that is folded', post('Content-Length:\r\n 9\r\n', BODY), [400]],
  ['a length with an underscore', post(`Content_Length: 0\r\n${LENGTH}`, BODY), [201, 404]],
  ['a length that Connection names', post(`Connection: content-length\r\n${LENGTH}`, BODY), [201, 404]],
];

const CODINGS: readonly Told[] = [
  ['a length and chunks', post(`Content-Length: 5\r\n${CHUNKED}`, NOTHING_MORE + INNER), [400]],
  ['chunks and a length', post(`${CHUNKED}Content-Length: 200\r\n`, CHUNKS + INNER), [400]],
  ['chunks and a length that is shorter', post(`${CHUNKED}Content-Length: 4\r\n`, INNER_CHUNK + NOTHING_MORE), [400]],
  ['a coding nobody knows', coding('Transfer-Encoding: xchunked'), [501], [400]],
  ['a coding nobody knows and a length', both('Transfer-Encoding: xchunked'), [501], [400]],
  ['a coding that is no coding', both('Transfer-Encoding: identity'), [501], [400]],
  ['an empty coding', both('Transfer-Encoding: '), [501], [400]],
  ['a coding after chunks', coding('Transfer-Encoding: chunked, identity', CHUNKS + INNER), [501], [400]],
  ['a coding before chunks', coding('Transfer-Encoding: identity, chunked'), [501], [400]],
  ['chunks twice in one line', coding('Transfer-Encoding: chunked, chunked'), [501], [400]],
  ['chunks twice in two lines', coding('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'), [400]],
  ['two codings', coding('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', CHUNKS + INNER), [400]],
  ['two codings the other way round', coding('Transfer-Encoding: identity\r\nTransfer-Encoding: chunked'), [400]],
  ['chunks in quotes', both('Transfer-Encoding: "chunked"'), [501], [400]],
  ['chunks with a parameter', both('Transfer-Encoding: chunked;q=1'), [501], [400]],
  ['chunks with a comma', both('Transfer-Encoding: chunked,'), [501], [400]],
  ['chunks with NUL', both('Transfer-Encoding: chunked\0'), [400]],
  ['chunks with a byte past ASCII', both('Transfer-Encoding: chunked\xff'), [501], [400]],
  ['a VT before the coding', coding('Transfer-Encoding: \x0bchunked'), [501], [400]],
  ['a VT before the coding, and a length', both('Transfer-Encoding: \x0bchunked'), [501], [400]],
  ['a folded coding', coding('Transfer-Encoding:\r\n chunked'), [400]],
  ['a coding that is folded into another header', both('X-Wire: y\r\n\tTransfer-Encoding: chunked'), [400]],
  ['a coding with a space before the colon', both('Transfer-Encoding : chunked'), [400]],
  ['a coding with a tab before the colon', both('Transfer-Encoding\t: chunked'), [400]],
  ['a coding behind a lone LF', both('X-Wire: y\nTransfer-Encoding: chunked'), [400]],
  ['a coding behind a lone CR', both('X-Wire: y\rTransfer-Encoding: chunked'), [400]],
  ['a coding with an underscore', post(`Transfer_Encoding: chunked\r\n${LENGTH}`, BODY), [201, 404]],
  ['a coding in capitals', coding('Transfer-Encoding: CHUNKED'), [201, 404]],
  ['a coding between tabs', coding('Transfer-Encoding:\tchunked\t'), [501], [400]],
  ['a coding that Connection names', post(`Connection: transfer-encoding\r\n${CHUNKED}`, CHUNKS), [201, 404]],
  ['chunks in HTTP/1.0', post(CHUNKED, CHUNKS, '1.0'), [400]],
];

const SIZES: readonly Told[] = [
  ['a chunk of endless size', chunks(`${'f'.repeat(18)}\r\n${BODY}\r\n${NOTHING_MORE}`), [400]],
  ['a chunk of 2^64 and 9', chunks(`10000000000000009\r\n${BODY}\r\n${NOTHING_MORE}`), [400]],
  ['a chunk of negative size', chunks(`-1\r\n${BODY}\r\n${NOTHING_MORE}`), [400]],
  ['a chunk size with a sign', chunks(`+9\r\n${BODY}\r\n${NOTHING_MORE}`), [400]],
  ['a chunk of hexadecimal words', chunks(`0x9\r\n${BODY}\r\n${NOTHING_MORE}`), [400]],
  ['a space before a chunk size', chunks(` 9\r\n${BODY}\r\n${NOTHING_MORE}`), [400]],
  ['a space behind a chunk size', chunks(`9 \r\n${BODY}\r\n${NOTHING_MORE}`), [201, 404], [400]],
  ['a chunk without a size', chunks(`\r\n${BODY}\r\n${NOTHING_MORE}`), [400]],
  ['a chunk that is longer than its size', chunks(`8\r\n${BODY}\r\n${NOTHING_MORE}`), [400]],
  ['a chunk that is shorter than its size', chunks(`b\r\n${BODY}\r\n${NOTHING_MORE}`), [400]],
  ['a chunk with other two bytes behind it', chunks(`9\r\n${BODY}xx${NOTHING_MORE}`), [400]],
  ['lone LFs for all ends of chunks', chunks(`9\n${BODY}\n0\n\n`), [201, 404], [400]],
  ['a lone LF in a chunk extension', chunks(`9;a\nx\r\n${BODY}\r\n${NOTHING_MORE}`), [400]],
  ['a lone CR in a chunk extension', chunks(`9;a\rx\r\n${BODY}\r\n${NOTHING_MORE}`), [400]],
  ['trailers that are none', chunks(`9\r\n${BODY}\r\n0\r\nno trailer\r\n\r\n`), [201, 404], [400]],
  ['trailers', chunks(`9\r\n${BODY}\r\n0\r\nX-Wire: y\r\n\r\n`), [201, 404]],
  ['a trailer that is a length', chunks(`9\r\n${BODY}\r\n0\r\nContent-Length: 500\r\n\r\n`), [201, 404], [400]],
  ['a trailer that is a coding', chunks(`9\r\n${BODY}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n`), [201, 404], [400]],
  ['a chunk size with zeros before it', chunks(`0000009\r\n${BODY}\r\n${NOTHING_MORE}`), [201, 404]],
  ['chunks of one byte', chunks(`${[...BODY].map((byte) => `1\r\n${byte}\r\n`).join('')}${NOTHING_MORE}`), [201, 404]],
  ['a chunk extension of 10 KB', chunks(`9;${'x'.repeat(10_000)}="y"\r\n${BODY}\r\n${NOTHING_MORE}`), [201, 404]],
];

const ELSEWHERE: readonly Told[] = [
  ['a publish as the body of GET', bodied('GET', `Content-Length: ${INNER.length}\r\n`, INNER), [404, 404]],
  ['a publish as the body of HEAD', bodied('HEAD', `Content-Length: ${INNER.length}\r\n`, INNER), [404, 404]],
  ['a publish as the body of OPTIONS', bodied('OPTIONS', `Content-Length: ${INNER.length}\r\n`, INNER), [404, 404]],
  ['a publish in chunks of GET', bodied('GET', CHUNKED, INNER_CHUNK + NOTHING_MORE), [404, 404]],
  ['a publish in chunks of HEAD', bodied('HEAD', CHUNKED, INNER_CHUNK + NOTHING_MORE), [404, 404]],
  ['a stream as the body of a publish', post(`Content-Length: ${STREAM.length}\r\n`, STREAM), [400, 404]],
  ['a body that nothing measures', post('', '') + post(LENGTH, BODY), [400, 201, 404]],
  ['two requests at once', post(LENGTH, BODY) + post(LENGTH, BODY), [201, 201, 404]],
];

const CUT: readonly Told[] = [
  ['chunks without the last line end', chunks(`9\r\n${BODY}\r\n0\r\n`), [], [400]],
  ['a body that ends too early', post('Content-Length: 99\r\n', BODY), [], [400]],
  ['chunks that end too early', post(CHUNKED, `9\r\n${BODY}\r\n`), [], [400]],
  ['a header that ends too early', post(LENGTH, '').slice(0, -4), [], [400]],
];

export const SMUGGLING = [...rows([...LENGTHS, ...CODINGS, ...SIZES, ...ELSEWHERE]), ...rows(CUT, 'cut')];
