// What is under way on each connection of http. Requests may come before the ones ahead of them are answered (RFC 9112,
// 9.3.2), and http answers them in their order; but it does not bound how many wait, and lets some wait behind a stream,
// where they are never answered.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { SpeakToOrigin } from './cors.ts';
import { arrived, type Serve } from './hand-over.ts';
import { hangUp, hangUpWith, respond } from './last-word.ts';
import type { Problem } from './problem.ts';

interface Conversation {
  /** The last request, and what answers it. */
  request: IncomingMessage;
  response: ServerResponse;
  unanswered: number;
  /** Something stands behind the last request that cannot be read. */
  broken: boolean;
  /** The connection ends with an answer that is under way: what comes behind its request is not carried out. */
  over: boolean;
}

// A request that waits costs a hundred times of what it is long. Nobody who waits for answers now and then comes so far.
const MAX_UNANSWERED = 1_000;

export class Conversations {
  readonly #serve: Serve;
  readonly #taken: (socket: Socket) => boolean;
  readonly #speak: SpeakToOrigin;
  /** Of connections on which nothing is under way there is none. */
  readonly #open = new WeakMap<Socket, Conversation>();

  /** @param taken whether a socket carries a stream: what is sent behind one would wait for ever, and pile up */
  constructor(serve: Serve, taken: (socket: Socket) => boolean, speak: SpeakToOrigin) {
    this.#serve = serve;
    this.#taken = taken;
    this.#speak = speak;
  }

  /** A request has come. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const over = this.#open.get(socket)?.over;
    const conversation = this.#note(socket, request, response);
    if (this.#taken(socket) || conversation.unanswered > MAX_UNANSWERED) socket.destroy();
    else if (!over) this.#answer(conversation, request, response);
  }

  #answer(conversation: Conversation, request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    // Of what stands behind an upgrade that is refused, http drops what came in the same piece, and would read on in the
    // middle of it.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    const served = this.#serve(request, response);
    conversation.over = !response.shouldKeepAlive;
    void served.then(() => {
      if (!this.#taken(socket)) return;
      if (conversation.broken) socket.destroy();
      // A stream that is silent for long is looked after elsewhere.
      else socket.setTimeout(0);
    });
  }

  /** Whether the last request has not come to its end, nor its answer to its beginning. */
  awaitsBody(socket: Socket): boolean {
    const last = this.#open.get(socket);
    return last !== undefined && !last.request.complete && !last.response.headersSent;
  }

  /** Answers what came last, behind all other answers, and ends the connection. */
  end(socket: Socket, problem: Problem): void {
    const last = this.#open.get(socket);
    if (last === undefined || (last.request.complete && last.response.writableFinished)) hangUpWith(socket, problem);
    else if (last.request.complete) {
      last.broken = true;
      last.response.once('finish', () => hangUpWith(socket, problem));
    } else if (last.response.headersSent) hangUp(socket);
    // It is the body of this one, and one answer is enough.
    else respond(last.response, problem, this.#speak(last.request));
  }

  #note(socket: Socket, request: IncomingMessage, response: ServerResponse): Conversation {
    arrived(request);
    const conversation = this.#open.get(socket) ?? { request, response, unanswered: 0, broken: false, over: false };
    this.#open.set(socket, conversation);
    Object.assign(conversation, { request, response });
    conversation.unanswered += 1;
    response.once('close', () => {
      conversation.unanswered -= 1;
      // A connection that is kept shall not keep its last request.
      if (conversation.unanswered > 0 || conversation.over || !conversation.request.complete) return;
      this.#open.delete(socket);
    });
    return conversation;
  }
}
