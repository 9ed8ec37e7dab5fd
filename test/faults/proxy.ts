// A TCP connection that can be made bad while it is in use. What goes towards the target is delayed, held or cut as
// what comes back is; only what comes back can be filtered reply by reply, since that is where Redis's pushes are.
// What cannot be passed on is not read either, so that the sender's buffers fill as they would without a proxy.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { ReplySplitter } from './resp.ts';

/** What is wrong at present; nothing where a field is missing. */
export interface LineFaults {
  readonly latencyMs?: number;
  /** Added to the latency, from 0 up to this. Order is kept, as TCP keeps it. */
  readonly jitterMs?: number;
  readonly bytesPerSecond?: number;
  /** Bytes travel in pieces of at most so many. */
  readonly sliceBytes?: number;
  /** Nothing passes, and nobody is told; what was held goes on when this ends, as TCP sends it again. */
  readonly blackHole?: boolean;
  /** A connection is reset once so many bytes have come back over it. */
  readonly cutAfterBytes?: number;
}

/** `late`: this reply is held back, and those that come behind it. `cut`: it is lost, and its connection with it. */
type Verdict = 'pass' | 'late' | 'swallow' | 'cut';

/** Judges each reply of Redis; `connection` counts from 1 in the order of arrival. */
export type ReplyFilter = (reply: Buffer, connection: number) => Verdict;

const HELD_LOOK_MS = 20;
// Two looks at the tip find what is missing within about a second.
const LATE_MS = 1_500;

export class FaultProxy {
  faults: LineFaults = {};
  filter: ReplyFilter | undefined;
  /** Where new connections lead. */
  readonly target: number;
  readonly #server: Server;
  readonly #random: () => number;
  readonly #replies: boolean;
  readonly #lines = new Map<Socket, Socket>();
  #accepted = 0;

  /**
   * @param target the port behind it
   * @param replies whether what comes back is Redis's protocol, which `filter` needs
   */
  static async start(target: number, random: () => number, { replies = false } = {}): Promise<FaultProxy> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, target, random, replies);
  }

  private constructor(server: Server, target: number, random: () => number, replies: boolean) {
    this.#server = server;
    this.target = target;
    this.#random = random;
    this.#replies = replies;
    server.on('connection', (client) => this.#accept(client));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connections open now. */
  get connections(): number {
    return this.#lines.size;
  }

  /** Connections there have ever been. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Everything is as it should be again. */
  heal(): void {
    this.faults = {};
    this.filter = undefined;
  }

  /** Resets all connections. */
  reset(): void {
    for (const [client, target] of this.#lines) {
      client.resetAndDestroy();
      target.resetAndDestroy();
    }
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.reset();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    const number = ++this.#accepted;
    const target = connect({ port: this.target, host: '127.0.0.1', noDelay: true });
    this.#lines.set(client, target);
    const end = (graceful: boolean) => {
      this.#lines.delete(client);
      for (const socket of [client, target]) graceful ? socket.destroySoon() : socket.destroy();
    };
    for (const socket of [client, target]) {
      // Both ends learn of it by the close.
      socket.on('error', () => end(false));
      socket.on('close', () => end(true));
    }
    const towards = new Line(target, this, this.#random);
    void carry(client, (bytes) => towards.pass(bytes));
    const back = new Line(client, this, this.#random, true);
    const splitter = this.#replies ? new ReplySplitter() : undefined;
    void carry(target, async (bytes) => {
      if (splitter === undefined) await back.pass(bytes);
      else for (const reply of splitter.push(bytes)) await this.#judge(reply, number, client, back);
    });
  }

  async #judge(reply: Buffer, number: number, client: Socket, back: Line): Promise<void> {
    const verdict = this.filter?.(reply, number) ?? 'pass';
    if (verdict === 'late') await wait(LATE_MS);
    if (verdict === 'pass' || verdict === 'late') await back.pass(reply);
    else if (verdict === 'cut') client.resetAndDestroy();
  }
}

/** Reads no faster than `pass` takes. */
async function carry(from: Socket, pass: (bytes: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const bytes of from) await pass(bytes as Buffer);
  } catch {
    // The connection is gone, as its close has said.
  }
}

/** One direction of a connection. */
class Line {
  readonly #to: Socket;
  readonly #proxy: FaultProxy;
  readonly #random: () => number;
  readonly #counted: boolean;
  #carried = 0;

  constructor(to: Socket, proxy: FaultProxy, random: () => number, counted = false) {
    this.#to = to;
    this.#proxy = proxy;
    this.#random = random;
    this.#counted = counted;
  }

  async pass(bytes: Buffer): Promise<void> {
    if (Object.keys(this.#proxy.faults).length > 0) await this.#passBadly(bytes);
    else this.#write(bytes);
    if (!this.#to.destroyed && this.#to.writableNeedDrain) await this.#drained();
  }

  async #passBadly(bytes: Buffer): Promise<void> {
    while (this.#proxy.faults.blackHole && !this.#to.destroyed) await wait(HELD_LOOK_MS);
    const { latencyMs = 0, jitterMs = 0, bytesPerSecond, sliceBytes = bytes.length } = this.#proxy.faults;
    const delayMs = latencyMs + this.#random() * jitterMs;
    if (delayMs > 0) await wait(delayMs);
    for (let start = 0; start < bytes.length; start += sliceBytes) {
      const piece = bytes.subarray(start, start + sliceBytes);
      if (bytesPerSecond !== undefined) await wait((piece.length / bytesPerSecond) * 1_000);
      this.#write(piece);
    }
  }

  #write(bytes: Buffer): void {
    const most = this.#counted ? this.#proxy.faults.cutAfterBytes : undefined;
    const left = most === undefined ? bytes.length : most - this.#carried;
    this.#carried += bytes.length;
    if (this.#to.destroyed) return;
    if (left >= bytes.length) this.#to.write(bytes);
    // An orderly end, since a reset may take with it what came before.
    else this.#to.end(bytes.subarray(0, Math.max(0, left)));
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        this.#to.off('drain', settle).off('close', settle);
        resolve();
      };
      this.#to.on('drain', settle).on('close', settle);
    });
  }
}
