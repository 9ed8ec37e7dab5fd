// A subscriber as a careful application writes one: it honours `retry:`, comes back with its last id, and gives a stream
// up that is silent for 2.5 heartbeats (S5). It writes down what it saw, for the checker.

import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Id, ResetReason } from '../../src/entry.ts';
import type { Seen, SubscriberLog } from './checker.ts';

export interface ReaderOptions {
  readonly name: string;
  readonly url: string;
  readonly channels: readonly string[];
  readonly heartbeatMs: number;
}

const FIRST_RETRY_MS = 100;

export class Reader {
  readonly #options: ReaderOptions;
  #seen: Seen[] = [];
  #cursor: Id | undefined;
  #retryMs = FIRST_RETRY_MS;
  #request: ClientRequest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #live = false;
  #stalled = false;
  #response: IncomingMessage | undefined;
  /** Answers that would end an EventSource for good (R11). */
  readonly finals: string[] = [];
  /** Connections that have brought `fanfare:open`. */
  opens = 0;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Its newest id; undefined before it was ever open. */
  get cursor(): Id | undefined {
    return this.#cursor;
  }

  /** Whether its present connection has been opened (S2). */
  get live(): boolean {
    return this.#live;
  }

  get log(): SubscriberLog {
    const { name, channels } = this.#options;
    return { name, channels, seen: this.#seen };
  }

  /** Begins a new log where this one has come to. */
  forget(): void {
    this.#seen = this.#cursor === undefined ? [] : [{ kind: 'open', id: this.#cursor }];
  }

  /** Breaks the connection, or ends an absence, and comes back at once with its cursor. */
  reconnect(): void {
    this.#drop();
    this.#connect();
  }

  /** Breaks the connection and stays away. */
  leave(): void {
    this.#drop();
  }

  /** Stops reading. What it does not read it cannot miss, so it gives the connection up no more. */
  stall(): void {
    this.#stalled = true;
    clearTimeout(this.#timer);
    this.#response?.pause();
  }

  /** Reads again. */
  goOn(): void {
    this.#stalled = false;
    if (this.#request !== undefined) this.#watch(this.#request);
    this.#response?.resume();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #connect(): void {
    const query = this.#options.channels.map((channel) => `channel=${encodeURIComponent(channel)}`).join('&');
    const headers = this.#cursor === undefined ? {} : { 'Last-Event-ID': this.#cursor };
    const sent = request(`${this.#options.url}/stream?${query}`, { headers, agent: false });
    this.#request = sent;
    const again = () => this.#again(sent);
    this.#watch(sent);
    sent.on('response', (response) => this.#read(sent, response));
    // Every failure of the network is a reason to come back, and none to stop.
    sent.on('error', again).on('close', again).end();
  }

  #read(sent: ClientRequest, response: IncomingMessage): void {
    const { statusCode, headers } = response;
    if (statusCode !== 200 || headers['content-type'] !== 'text/event-stream')
      this.finals.push(`${statusCode} ${headers['content-type']}`);
    const parser = createParser({
      onEvent: (event) => this.#take(event),
      onRetry: (retryMs) => {
        this.#retryMs = retryMs;
      },
      onError: (error) => this.finals.push(error.message),
    });
    this.#response = response;
    response.setEncoding('utf8').on('data', (text: string) => {
      if (sent !== this.#request) return;
      if (!this.#stalled) this.#timer?.refresh();
      parser.feed(text);
    });
    response.on('error', () => undefined);
  }

  #take({ id, event = 'message', data }: EventSourceMessage): void {
    if (id === undefined) return;
    const position = id as Id;
    this.#cursor = position;
    if (event === 'fanfare:open') {
      this.opens += 1;
      this.#live = true;
      this.#seen.push({ kind: 'open', id: position });
    } else if (event === 'fanfare:reset') {
      const { reason } = JSON.parse(data) as { reason: ResetReason };
      this.#seen.push({ kind: 'reset', id: position, reason });
    } else if (event === 'message') this.#seen.push({ kind: 'message', id: position, body: data });
  }

  #again(sent: ClientRequest): void {
    if (sent !== this.#request) return;
    this.#drop();
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#connect(), this.#retryMs);
  }

  /** Gives a connection up that brings nothing. */
  #watch(sent: ClientRequest): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#again(sent), this.#options.heartbeatMs * 2.5);
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#live = false;
    const dropped = this.#request;
    this.#request = undefined;
    dropped?.destroy();
  }
}
