// One connection to a server of this process: what is sent goes as it is given, and all that comes back is kept.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { until } from './until.ts';

export class RawConnection {
  readonly socket: Socket;
  /** Everything that has come. */
  text = '';
  ended = false;
  /** How it ended, where that was not in order. */
  failed: Error | undefined;
  readonly #closed: Promise<unknown>;

  static async open(url: string): Promise<RawConnection> {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', noDelay: true });
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
    });
    // A reset is an end as good as another, but to who asks.
    socket.on('error', (error) => {
      this.failed = error;
    });
    this.#closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('close', () => {
      this.ended = true;
    });
  }

  /** Sends this at once; each character past ASCII is a byte where it is said to be latin1. */
  send(text: string, encoding: 'utf8' | 'latin1' = 'utf8'): void {
    this.socket.write(text, encoding);
  }

  /** Sends this byte by byte: between two turns of the loop that it shares with the server, that has read the first. */
  async sendBytes(text: string): Promise<void> {
    for (const byte of text) {
      this.send(byte);
      await nextTurn();
      await nextTurn();
    }
  }

  /** Resolves once this has come. */
  async has(what: string): Promise<void> {
    await until(`“${what}” on a connection`, () => this.text.includes(what));
  }

  /** Resolves when the connection has ended. */
  async closed(): Promise<void> {
    await this.#closed;
  }

  close(): void {
    this.socket.destroy();
  }
}
