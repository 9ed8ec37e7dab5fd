// Listening: the HTTP server with its limits in time and size, and the one for metrics on its own port.

import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Conversations } from './conversations.ts';
import type { SpeakToOrigin } from './cors.ts';
import { asksForSocket, MARK_BYTES, MARK_HEADERS, type Serve, serveBare } from './hand-over.ts';
import { respond } from './last-word.ts';
import type { Metrics } from './metrics.ts';
import { faultOf, refuseUnread, type Unread } from './refusal.ts';

// Above nginx's 60 s, or a connection that it uses again meets one that is closing: a 502 for a publish.
const KEEP_ALIVE_MS = 75_000;
// A connection over which nothing moves is given up after so long: above http's minute for headers, which it says itself.
const STUCK_MS = 75_000;
// How often http looks for requests that are too slow.
const LOOK_MS = 5_000;
// Above what nginx passes on.
const MAX_HEADERS = 2_000;

/**
 * @param taken whether a socket carries a stream
 * @param maxHeaderBytes of request line and header fields together
 * @param refused told of what was refused before it was a request
 * @param speak for answers that the listener does not give
 */
export function createHttpServer(
  listener: Serve,
  taken: (socket: Socket) => boolean,
  maxHeaderBytes: number,
  refused: (why: Unread) => void,
  speak: SpeakToOrigin = () => ({}),
): Server {
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: LOOK_MS,
    maxHeaderSize: maxHeaderBytes + MARK_BYTES,
    // Checked below, since http's answer has no body.
    requireHostHeader: false,
    shouldUpgradeCallback: asksForSocket,
  });
  server.timeout = STUCK_MS;
  server.maxHeadersCount = MAX_HEADERS + MARK_HEADERS;
  const serve: Serve = async (request, response) => {
    const fault = faultOf(request);
    if (fault === undefined) await listener(request, response);
    else respond(response, fault, speak(request));
  };
  const conversations = new Conversations(serve, taken, speak);
  const take = conversations.take.bind(conversations);
  server.on('request', take).on('checkExpectation', take);
  serveBare(server, serve, taken);
  refuseUnread(server, conversations, { taken, maxHeaderBytes, maxHeaders: MAX_HEADERS, refused });
  return server;
}

export function createMetricsServer(metrics: Metrics): Server {
  return createServer(async (request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end('The metrics are at /metrics.\n');
      return;
    }
    response.writeHead(200, { 'Content-Type': metrics.contentType });
    response.end(await metrics.page());
  });
}

/** @returns the port, which the system has chosen where 0 was asked for */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 4096 }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/**
 * Stops listening, lets requests that are being answered finish, and breaks off those that take longer than `ms`.
 * @param more breaks off what the server does not know of
 */
export function close(server: Server, ms: number, more: () => void = () => undefined): Promise<void> {
  const breakOff = setTimeout(() => {
    server.closeAllConnections();
    more();
  }, ms);
  return new Promise((resolve) => {
    server.close(() => {
      clearTimeout(breakOff);
      resolve();
    });
    server.closeIdleConnections();
  });
}
