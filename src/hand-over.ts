// How a request for a stream gets its socket alone. For as long as a socket is http's, parser, request, response and their
// listeners stay with it: four times of what the socket takes. http lets go where a request asks for an upgrade, so that
// is put into the request, behind its first line, whether it comes from a browser or through any proxy. It is answered as
// any other: by the same middleware, with an ordinary head.

import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

// Nobody else can know it, so it stands in the first request of a connection alone, and nothing is under way before that.
const MARK = `fanfare-${randomUUID()}`;
const MARK_LINES = Buffer.from(`\r\nUpgrade: ${MARK}\r\nConnection: Upgrade`);
const STREAM_REQUEST = /^GET \/stream[? ]/;
const LONGEST_START = 12;

/** Answers a request; resolves when its answer is on its way, or its socket has become a stream. */
export type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What the mark adds to a request: header fields, and bytes. */
export const MARK_HEADERS = 2;
export const MARK_BYTES = MARK_LINES.length;

/**
 * The first bytes of a connection, marked where they are a request for a stream and nothing else. What begins in another
 * way, or comes behind another request, becomes a stream all the same, a larger one.
 */
export function marked(first: Buffer): Buffer {
  if (!STREAM_REQUEST.test(first.toString('latin1', 0, LONGEST_START))) return first;
  if (first.indexOf('\r\n\r\n') !== first.length - 4) return first;
  const end = first.indexOf('\r\n');
  return Buffer.concat([first.subarray(0, end), MARK_LINES, first.subarray(end)]);
}

/** Whether a request is to get its socket: http's own checks come after this, and refuse what has no host, for one. */
export function asksForSocket({ method, headers }: IncomingMessage): boolean {
  const { upgrade, host, expect, 'content-length': length, 'transfer-encoding': coding } = headers;
  if (upgrade !== MARK || method !== 'GET' || host === undefined) return false;
  return expect === undefined && length === undefined && coding === undefined;
}

/** The newest request of each connection that http has; it goes with the connection. */
const newest = new WeakMap<Socket, IncomingMessage>();

/** To be told of every request that http reads. */
export function arrived(request: IncomingMessage): void {
  newest.set(request.socket, request);
}

/** Whether more has come behind a request: it would wait for ever behind a stream, and pile up. */
export function hasMoreBehind(request: IncomingMessage): boolean {
  return (newest.get(request.socket) ?? request) !== request;
}

/** The socket of a request, once the answers before it are out, or its connection has ended. */
export async function ownTurn(request: IncomingMessage, response: ServerResponse): Promise<Socket> {
  if (response.socket === null)
    await new Promise<void>((resolve) => void response.once('socket', () => resolve()).once('close', resolve));
  return response.socket ?? request.socket;
}

/** A response over a bare socket. It is over with its head where a stream goes on from there, else with its connection. */
export class BareResponse extends ServerResponse {}

/**
 * Answers the requests whose sockets are handed over.
 * @param taken whether a socket carries a stream, which outlives its response
 */
export function serveBare(server: Server, serve: Serve, taken: (socket: Socket) => boolean): void {
  server.on('upgrade', (request, stream) => {
    const socket = stream as Socket;
    // http has stopped to look after it.
    socket.setTimeout(0);
    socket.on('data', hangUp).on('end', hangUp);
    const response = new BareResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once('finish', () => {
      response.detachSocket(socket);
      if (!taken(socket)) socket.destroySoon();
    });
    void serve(request, response);
  });
}

/** Nothing may come behind the request but empty lines (RFC 9112, 2.2): it would wait for ever. */
function hangUp(this: Socket, bytes?: Buffer): void {
  if (bytes?.every((byte) => byte === 0x0d || byte === 0x0a) !== true) this.destroy();
}
