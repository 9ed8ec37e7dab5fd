// How a connection ends with an answer that the client can read: nothing comes behind it.

import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Problem, problemJson } from './problem.ts';

// A connection that is closed while bytes of the client are unread is reset, and the answer may be lost with it: so what
// still comes is read, for so long.
const LINGER_MS = 2_000;

/** The answer to a request that does not come to its end. */
export function tooSlow(): Problem {
  return new Problem(408, 'The request did not arrive in time. Repeating it with the same Idempotency-Key is safe.');
}

/**
 * Answers through the response, and so behind the answers before it; the connection ends with it.
 * @param more header fields
 */
export function respond(response: ServerResponse, problem: Problem, more: Readonly<Record<string, string>>): void {
  response.shouldKeepAlive = false;
  response.writeHead(problem.status, { ...headersOf(problem), ...more }).end(problemJson(problem));
}

/** Answers on a connection on which nothing else is under way, and ends it. */
export function hangUpWith(socket: Socket, problem: Problem): void {
  if (socket.writable) {
    const headers = { ...headersOf(problem), Date: new Date().toUTCString(), Connection: 'close' };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n`);
    socket.write(problemJson(problem));
  }
  hangUp(socket);
}

/** Ends a connection once what was written has left, and what the client still sends has been read. */
export function hangUp(socket: Socket): void {
  socket.end();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer)).once('end', () => socket.destroy());
  socket.resume();
}

function headersOf(problem: Problem): Readonly<Record<string, string | number>> {
  return {
    ...problem.headers,
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(problemJson(problem)),
    'X-Content-Type-Options': 'nosniff',
  };
}
