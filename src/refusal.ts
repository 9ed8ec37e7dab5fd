// What http cannot read, waits for in vain, or lets through although HTTP forbids it: answered with a problem, as everything
// else is. http's own answers are a status and nothing else.

import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Conversations } from './conversations.ts';
import { tooSlow } from './last-word.ts';
import { quote } from './message.ts';
import { Problem } from './problem.ts';

/** Why a request was refused before it was one: its head was too large, it came too slowly, or it is not HTTP. */
export type Unread = 'header_bytes' | 'timeout' | 'malformed';

export interface RefusalOptions {
  readonly taken: (socket: Socket) => boolean;
  /** Named in the answer. */
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  readonly refused: (why: Unread) => void;
}

const SLOW = 'ERR_HTTP_REQUEST_TIMEOUT';
// RFC 9110, 7.2: a name or an address, and perhaps a port. Empty where the target has no authority.
const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\da-f:.]+\])(?::\d*)?$/i;

/** Answers what never becomes a request. */
export function refuseUnread(server: Server, conversations: Conversations, options: RefusalOptions): void {
  const over = new WeakSet<Socket>();
  function refuse(socket: Socket, error: NodeJS.ErrnoException): void {
    // http tells of every piece behind the one that it could not read.
    if (over.has(socket)) return;
    over.add(socket);
    const unread = options.taken(socket) ? undefined : unreadOf(error, options);
    if (unread === undefined) {
      socket.destroy();
      return;
    }
    const [why, problem] = unread;
    options.refused(why);
    conversations.end(socket, problem);
  }
  server.on('clientError', (error, socket) => refuse(socket as Socket, error));
  // Nothing has moved for long: a body stays away, or nobody takes the answer, or nobody asks any more.
  server.on('timeout', (socket) => {
    if (conversations.awaitsBody(socket)) refuse(socket, Object.assign(new Error(), { code: SLOW }));
    else socket.destroy();
  });
  server.on('connect', (_request, socket) => {
    conversations.end(socket as Socket, new Problem(400, 'This is no proxy: CONNECT leads nowhere.'));
  });
}

function unreadOf(
  error: NodeJS.ErrnoException & { readonly reason?: string },
  { maxHeaderBytes, maxHeaders }: RefusalOptions,
): readonly [Unread, Problem] | undefined {
  const { code = '', reason } = error;
  switch (code) {
    case SLOW:
      return ['timeout', tooSlow()];
    case 'HPE_HEADER_OVERFLOW': {
      const most = `at most ${maxHeaderBytes} bytes in ${maxHeaders} header fields`;
      return ['header_bytes', new Problem(431, `The head of the request is too large: send ${most}.`)];
    }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return ['malformed', new Problem(413, 'The chunk extensions are too long: leave them out.')];
    case 'HPE_INVALID_EOF_STATE':
      return ['malformed', new Problem(400, 'The connection ended within the request: send it again.')];
    default: {
      // What is left is the network's fault, and nobody is there to be told.
      if (!code.startsWith('HPE_')) return undefined;
      const detail = `The request is not valid HTTP/1.1 (${reason ?? code}): correct it before you repeat it.`;
      return ['malformed', new Problem(400, detail)];
    }
  }
}

/** What is wrong with a request that http has read. */
export function faultOf({ httpVersion, headers, rawHeaders }: IncomingMessage): Problem | undefined {
  const { host = '', expect = '100-continue', 'transfer-encoding': coding = 'chunked' } = headers;
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    return new Problem(400, `HTTP/1.1 and HTTP/1.0 are spoken here, not HTTP/${httpVersion}.`);
  // RFC 9112, 3.2: who takes another one of two hosts than the proxy before it, takes the request for another one.
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && /^host$/i.test(name)).length;
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1'))
    return new Problem(400, 'Send one Host header, and no more.');
  if (!HOST.test(host)) return new Problem(400, 'Host is to be a name or an address, and perhaps a port.');
  // RFC 9112, 6.1: what one server does not know of, another may take for the end of a body.
  if (httpVersion === '1.0' && 'transfer-encoding' in headers) return new Problem(400, 'HTTP/1.0 knows no chunks.');
  if (!/^chunked$/i.test(coding))
    return new Problem(400, `Of all transfer codings only chunked is taken, not ${quote(coding)}.`);
  // RFC 9110, 10.1.1. HTTP/1.0 does not know it.
  if (httpVersion === '1.1' && !/^100-continue$/i.test(expect))
    return new Problem(417, `Expect: ${quote(expect)} cannot be met; only 100-continue can.`);
  return undefined;
}
