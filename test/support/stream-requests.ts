// All ways in which a request for a stream comes in. Only a connection that begins with one, in one piece, is handed over.

import type { RawConnection } from './raw-connection.ts';

export interface StreamRequest {
  readonly what: string;
  /** Whether its socket leaves http. */
  readonly handedOver: boolean;
  /** @param target such as `/stream?channel=a`; @param headers lines, each with its end */
  send(connection: RawConnection, target: string, headers?: string): void | Promise<void>;
}

const OTHER = 'GET /livez HTTP/1.1\r\nHost: test\r\n\r\n';
const UPGRADE = 'Connection: Upgrade\r\nUpgrade:';

function get(target: string, headers: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`;
}

/** With more headers, and perhaps a body. */
function whole(what: string, handedOver: boolean, more = '', body = ''): StreamRequest {
  return { what, handedOver, send: (to, target, headers = '') => to.send(get(target, headers + more) + body) };
}

export const WHOLE = whole('a request that comes whole', true);

export const IN_TWO: StreamRequest = {
  what: 'one whose first line comes in two pieces',
  handedOver: false,
  async send(to, target, headers = '') {
    await to.sendBytes('G');
    to.send(get(target, headers).slice(1));
  },
};

export const STREAM_REQUESTS: readonly StreamRequest[] = [
  WHOLE,
  IN_TWO,
  whole('one that wants the connection closed', true, 'Connection: close\r\n'),
  whole('one that wants it kept', true, 'Connection: keep-alive\r\n'),
  {
    what: 'one in HTTP/1.0',
    handedOver: true,
    send: (to, target, headers = '') => to.send(get(target, headers).replace('HTTP/1.1', 'HTTP/1.0')),
  },
  {
    what: 'one whose headers come byte by byte behind its first line',
    handedOver: false,
    async send(to, target, headers = '') {
      const request = get(target, headers);
      const end = request.indexOf('\r\n') + 2;
      to.send(request.slice(0, end));
      await to.sendBytes(request.slice(end));
    },
  },
  {
    what: 'one that comes byte by byte',
    handedOver: false,
    send: (to, target, headers = '') => to.sendBytes(get(target, headers)),
  },
  {
    what: 'one behind another request on the same connection',
    handedOver: false,
    async send(to, target, headers = '') {
      to.send(OTHER);
      await to.has('{"status":"live"}');
      // What comes from now on is the stream's.
      to.text = '';
      to.send(get(target, headers));
    },
  },
  whole('one with a body', false, 'Content-Length: 4\r\n', 'body'),
  whole('one with an empty body', false, 'Content-Length: 0\r\n'),
  whole('one with a body in chunks', false, 'Transfer-Encoding: chunked\r\n', '4\r\nbody\r\n0\r\n\r\n'),
  whole('one that asks for a WebSocket', false, `${UPGRADE} websocket\r\nSec-WebSocket-Version: 13\r\n`),
  whole('one that asks for HTTP/2', false, `${UPGRADE} h2c\r\nHTTP2-Settings: AAMAAABk\r\n`),
  whole('one with an empty line behind it', false, '', '\r\n'),
];
