// How connections come in: a burst of them is spread over turns of the event loop, so that streams which are open are not
// kept waiting by ten thousand that come back at once. http gets a connection once something has come over it.

import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { marked } from './hand-over.ts';
import { hangUpWith, tooSlow } from './last-word.ts';
import type { Unread } from './refusal.ts';

// As many as are served in about ten milliseconds.
const CONNECTIONS_A_TURN = 50;

/** Takes over the connections that come to a server, and gives them to it. */
export class Acceptor {
  readonly #server: Server;
  readonly #refused: (why: Unread) => void;
  readonly #serve: readonly ((socket: Socket) => void)[];
  /** Those over which nothing has come yet. */
  readonly #silent = new Set<Socket>();
  #waiting: Socket[] = [];

  /** @param refused told of a connection over which nothing has come */
  constructor(server: Server, refused: (why: Unread) => void = () => undefined) {
    this.#server = server;
    this.#refused = refused;
    this.#serve = server.listeners('connection') as ((socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => this.#accept(socket));
  }

  /** Lets http have what has come in, and ends what http does not know of. */
  async close(): Promise<void> {
    while (this.#waiting.length > 0) await nextTurn();
    // What http has just been given reaches its parser in the turn after.
    await nextTurn();
    for (const socket of this.#silent) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#silent.add(socket);
    const gone = () => this.#silent.delete(socket);
    const end = () => socket.destroy();
    const giveUp = () => {
      socket.off('data', speak).off('timeout', giveUp);
      this.#refused('timeout');
      hangUpWith(socket, tooSlow());
    };
    const speak = (first: Buffer) => {
      socket.off('close', gone).off('end', end).off('timeout', giveUp).setTimeout(0);
      this.#silent.delete(socket);
      socket.pause();
      socket.unshift(marked(first));
      if (this.#waiting.push(socket) === 1) setImmediate(() => this.#work());
    };
    socket.on('error', ignore).on('close', gone).on('end', end).once('data', speak);
    socket.setTimeout(this.#server.headersTimeout, giveUp);
  }

  #work(): void {
    for (const socket of this.#waiting.splice(0, CONNECTIONS_A_TURN)) {
      if (socket.destroyed) continue;
      for (const serve of this.#serve) serve.call(this.#server, socket);
      socket.resume();
    }
    if (this.#waiting.length > 0) setImmediate(() => this.#work());
  }
}

/** A client that goes away is no news: the socket's end says it to whoever it concerns. It stays with a bare socket. */
function ignore(): void {}
