// One connection that is used again and again, as a flood comes over: requests are written as they are, several in one
// piece where that is asked for, and answers are read in their order. Where the server ends it, another takes its place.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Reply {
  readonly status: number;
  readonly body: string;
}

const HEAD = /^HTTP\/1\.1 (\d{3})[^\r]*\r\n((?:[^\r\n]+\r\n)*)\r\n/;

export class Wire {
  readonly #port: number;
  #socket: Socket | undefined;
  #text = '';
  #told: (() => void) | undefined;

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
  }

  /**
   * Sends these at once, and resolves with their answers; what the server did not answer before it ended the connection is
   * sent again over another.
   */
  async ask(requests: readonly string[]): Promise<readonly Reply[]> {
    const replies: Reply[] = [];
    let idle = 0;
    while (replies.length < requests.length) {
      const before = replies.length;
      const socket = await this.#connected();
      socket.write(requests.slice(before).join(''));
      await this.#read(socket, requests, replies);
      idle = replies.length === before ? idle + 1 : 0;
      if (idle === 3) throw new Error(`three times no answer to ${requests[before]?.slice(0, 2_000)}`);
    }
    return replies;
  }

  close(): void {
    this.#socket?.destroy();
  }

  async #read(socket: Socket, requests: readonly string[], replies: Reply[]): Promise<void> {
    while (replies.length < requests.length) {
      const reply = this.#take(requests[replies.length]?.startsWith('HEAD ') === true);
      if (reply !== undefined) replies.push(reply);
      else if (socket.destroyed) return;
      else {
        await new Promise<void>((resolve) => {
          this.#told = resolve;
        });
      }
    }
  }

  /** The next answer, once it is there. A stream has begun with its first event, and is left at once. */
  #take(head: boolean): Reply | undefined {
    const [whole, status = '', headers = ''] = HEAD.exec(this.#text) ?? [];
    if (whole === undefined) return undefined;
    const streams = /^content-type: text\/event-stream/im.test(headers) && status === '200' && !head;
    const length = streams ? undefined : Number(/^content-length: (\d+)/im.exec(headers)?.[1] ?? 0);
    if (length === undefined && !this.#text.includes('event: fanfare:open')) return undefined;
    const end = whole.length + (head ? 0 : (length ?? this.#text.length));
    if (length !== undefined && this.#text.length < end) return undefined;
    const body = this.#text.slice(whole.length, end);
    this.#text = this.#text.slice(end);
    if (streams || /^connection: close/im.test(headers)) this.#socket?.destroy();
    return { status: Number(status), body };
  }

  async #connected(): Promise<Socket> {
    if (this.#socket?.destroyed === false && this.#socket.writable) return this.#socket;
    this.#text = '';
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    const tell = () => this.#told?.();
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      tell();
    });
    // A reset is an end as good as another, once what came before it has been read.
    socket.on('error', () => undefined).on('end', () => socket.destroy());
    socket.on('close', tell);
    this.#socket = socket;
    await once(socket, 'connect');
    return socket;
  }
}
