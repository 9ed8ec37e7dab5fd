// Listening: the HTTP server with its limits in time and size, and the one for metrics on its own port.

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { arrived, asksForSocket, MARK_BYTES, MARK_HEADERS, serveBare } from './hand-over.ts';
import type { Metrics } from './metrics.ts';

// Above nginx's 60 s, or a connection that it uses again meets one that is closing: a 502 for a publish.
const KEEP_ALIVE_MS = 75_000;
// Above what nginx passes on (4 × 32 KB and what was read before, and 1,000 headers), so that what is too much is refused
// there, with a problem: Node's own refusal has no body.
const MAX_HEADER_BYTES = 147_456 + MARK_BYTES;
const MAX_HEADERS = 2_000 + MARK_HEADERS;

/** @param taken whether a socket carries a stream: what is sent behind one would wait for ever, and pile up */
export function createHttpServer(listener: RequestListener, taken: (socket: Socket) => boolean): Server {
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, maxHeaderSize: MAX_HEADER_BYTES, shouldUpgradeCallback: asksForSocket },
    (request, response) => {
      arrived(request);
      if (taken(request.socket)) request.socket.destroy();
      else listener(request, response);
    },
  );
  server.maxHeadersCount = MAX_HEADERS;
  serveBare(server, listener, taken);
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
