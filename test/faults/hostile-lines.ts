// Request lines and headers that are wrong, or strange and yet right.

import { BODY, LENGTH, post, rows, type Told } from './hostile-http.ts';

const GOOD = post(LENGTH, BODY);
const line = (text: string) => GOOD.replace('POST /send HTTP/1.1', text);
const header = (text: string) => post(`${text}\r\n${LENGTH}`, BODY);
const host = (text: string) => GOOD.replace('Host: wire\r\n', text);
const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA';
const WEBSOCKET = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\nSec-WebSocket-Version: 13';

const LINES: readonly Told[] = [
  ['a method in lower case', line('post /send HTTP/1.1'), [400]],
  ['a method with a control', line('PO\x01ST /send HTTP/1.1'), [400]],
  ['a space before the method', ` ${GOOD}`, [400]],
  ['two spaces before the target', line('POST  /send HTTP/1.1'), [201, 404]],
  ['two spaces before the version', line('POST /send  HTTP/1.1'), [201, 404]],
  ['a tab before the target', line('POST\t/send HTTP/1.1'), [400]],
  ['a space behind the version', line('POST /send HTTP/1.1 '), [201, 404], [400]],
  ['a space in the target', line('POST /se nd HTTP/1.1'), [400]],
  ['NUL in the target', line('POST /send\0 HTTP/1.1'), [400]],
  ['a lone CR in the request line', line('POST /send\rHTTP/1.1'), [400]],
  ['another version', line('POST /send HTTP/9.9'), [505], [400]],
  ['HTTP/2', line('POST /send HTTP/2.0'), [505], [400]],
  ['a version in lower case', line('POST /send http/1.1'), [400]],
  ['no version', line('POST /send'), [], [400]],
  ['HTTP/0.9', 'GET /send\r\n', [], [400]],
  ['lone LFs for all line ends', GOOD.replaceAll('\r\n', '\n'), [201, 404], [400]],
  ['no target', line('POST  HTTP/1.1'), [400]],
  ['an asterisk for the target', line('POST * HTTP/1.1'), [400], [404, 404]],
  ['a target that begins without a slash', line('POST send HTTP/1.1'), [400]],
  ['CONNECT', 'CONNECT wire:80 HTTP/1.1\r\nHost: wire\r\n\r\n', [400]],
  ['TRACE', 'TRACE / HTTP/1.1\r\nHost: wire\r\n\r\n', [405], [405, 404]],
  ['a greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', [400]],
  ['a greeting of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  ['empty lines before the request', `\r\n\r\n${GOOD}`, [201, 404]],
  ['an address with another host', line('POST http://other/send HTTP/1.1'), [201, 404]],
  ['an address with a user', line('POST http://user@other/send HTTP/1.1'), [400], [201, 404]],
  ['a fragment', line('POST /send#x HTTP/1.1'), [201, 404]],
  ['a query', line('POST /send?__proto__=x HTTP/1.1'), [201, 404]],
];

const HEADERS: readonly Told[] = [
  ['a space before the colon', header('X-Wire : y'), [400]],
  ['a space before the name', header(' X-Wire: y'), [400]],
  ['a folded header', header('X-Wire: y\r\n z'), [400]],
  ['a header without a colon', header('X-Wire'), [201, 404], [400]],
  ['a header without a name', header(': y'), [400]],
  ['a header with a space in its name', header('X Wire: y'), [400]],
  ['a header with brackets in its name', header('X(Wire): y'), [201, 404], [400]],
  ['a header with NUL in its name', header('X\0Wire: y'), [400]],
  ['NUL in a header', header('X-Wire: a\0b'), [400]],
  ['CR in a header', header('X-Wire: a\rb'), [400]],
  ['two LFs in a header', header('X-Wire: a\n\nX-Wire: b'), [400, 400], [400]],
  ['two hosts', header('Host: other'), [400]],
  ['no host', host(''), [400]],
  ['a host with a path', host('Host: wire/send\r\n'), [400]],
  ['a host with a user', host('Host: user@wire\r\n'), [400, 404], [400]],
  ['a host with a space', host('Host: a b\r\n'), [400]],
  ['an empty host', host('Host:\r\n'), [400], [201, 404]],
  ['a host with a port', host('Host: [::1]:65536\r\n'), [201, 404]],
  ['two Idempotency-Keys', header('Idempotency-Key: a\r\nIdempotency-Key: b'), [400, 404]],
  ['40 KB of one header', header(`X-Wire: ${'x'.repeat(40_000)}`), [400], [201, 404]],
  ['5,000 headers', header(`${'X:y\r\n'.repeat(5_000)}X: y`), [400], [431]],
  ['two headers of 20 KB', header(`X-Wire: ${'x'.repeat(20_000)}\r\nX-Wire: ${'x'.repeat(20_000)}`), [201, 404]],
  ['1,000 headers', header(`${'X-Wire: y\r\n'.repeat(996)}X: y`.slice(0, -6)), [201, 404]],
  ['bytes past ASCII in a header', header('X-Wire: \xff\xa0\x85'), [201, 404]],
  ['names of prototypes', header('__proto__: x\r\nconstructor: x\r\ntoString: x\r\nhasOwnProperty: x'), [201, 404]],
  ['what a proxy would say', header('X-Forwarded-For: 1.2.3.4\r\nX-Request-Id: wire\r\nForwarded: for=1'), [201, 404]],
  ['the same with underscores', header('X_Forwarded_For: 1.2.3.4\r\nX_Request_Id: wire'), [201, 404]],
  ['a request to continue', header('Expect: 100-continue'), [100, 201, 404]],
  ['a request for more', header('Expect: 200-ok'), [201, 404], [417]],
  ['an upgrade to HTTP/2', header(H2C), [201, 404], [201]],
  ['an upgrade to WebSocket', header(WEBSOCKET), [201, 404], [201]],
  [
    'an upgrade to what only a replica says',
    header('Connection: Upgrade\r\nUpgrade: fanfare-stream'),
    [201, 404],
    [201],
  ],
  ['a method in another header', header('X-HTTP-Method-Override: DELETE\r\nX-Original-URL: /livez'), [201, 404]],
];

const OLD: readonly Told[] = [
  ['HTTP/1.0', post(LENGTH, BODY, '1.0'), [201]],
  ['HTTP/1.0 without a host', post(LENGTH, BODY, '1.0').replace('Host: wire\r\n', ''), [201]],
  ['HTTP/1.0 that is to be kept', post(`Connection: keep-alive\r\n${LENGTH}`, BODY, '1.0'), [201, 404]],
];

export const LINE_ROWS = rows([...LINES, ...HEADERS, ...OLD]);
