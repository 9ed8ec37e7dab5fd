// Clients that hold connections open and hardly send anything: a byte now and then of a header or of a body.

import { connect, type Socket } from 'node:net';

const SLOW_HEADER = 'GET /stream HTTP/1.1\r\nHost: slow\r\nX-Slow: ';
const SLOW_BODY =
  'POST /send HTTP/1.1\r\nHost: slow\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nmessage=';

export class SlowClients {
  readonly #open = new Set<Socket>();
  readonly #begun: Promise<unknown>;
  /** What they were told, those who were told anything. */
  readonly answers: string[] = [];

  /** @param count of each kind */
  constructor(url: string, count: number) {
    const beginnings = Array.from({ length: count }, () => [SLOW_HEADER, SLOW_BODY]).flat();
    this.#begun = Promise.all(beginnings.map((beginning) => this.#connect(url, beginning)));
  }

  /** How many connections nobody has ended. */
  get open(): number {
    return this.#open.size;
  }

  /** Resolves when all have sent what they begin with. */
  async begun(): Promise<void> {
    await this.#begun;
  }

  /** Each sends one byte more. */
  drip(): void {
    for (const socket of this.#open) socket.write('x');
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #connect(url: string, beginning: string): Promise<void> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    this.#open.add(socket);
    socket.setEncoding('latin1').on('data', (text: string) => this.answers.push(text));
    // Being reset is what they are to expect.
    socket.on('error', () => undefined).on('close', () => this.#open.delete(socket));
    return new Promise((resolve) => socket.write(beginning, () => resolve()));
  }
}
