// Two independent readers of an event stream. `Subscriber` sees the bytes as they came over one connection, and never
// comes back by itself; `openEventSource` is an EventSource as applications use it. Whoever opens one closes it.

import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { EventSource } from 'eventsource';
import { createParser } from 'eventsource-parser';

export interface SeenEvent {
  /** The block's own id; undefined where it has none. */
  readonly id: string | undefined;
  /** `message` where the block names none, as a browser has it. */
  readonly event: string;
  readonly data: string;
}

export interface SubscribeOptions {
  /** Of the URL, after `/stream?`. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One connection to `/stream`, read with eventsource-parser. */
export class Subscriber {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly retries: number[] = [];
  readonly comments: string[] = [];
  /** Everything that came, as it came. */
  text = '';
  ended = false;
  lastEventId: string | undefined;
  readonly #request: ClientRequest;
  readonly #events: SeenEvent[] = [];
  #told: (() => void)[] = [];

  /** Resolves once the head of the response is there. */
  static async open(url: string, { query = '', headers = {} }: SubscribeOptions = {}): Promise<Subscriber> {
    const sent = request(`${url}/stream?${query}`, {
      headers: { Accept: 'text/event-stream', ...headers },
      agent: false,
    });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.on('response', resolve).on('error', reject).end();
    });
    return new Subscriber(sent, response);
  }

  private constructor(sent: ClientRequest, response: IncomingMessage) {
    this.#request = sent;
    this.status = response.statusCode as number;
    this.headers = response.headers;
    this.rawHeaders = response.rawHeaders;
    const parser = createParser({
      onEvent: ({ id, event = 'message', data }) => {
        if (id !== undefined) this.lastEventId = id;
        this.#events.push({ id, event, data });
      },
      onRetry: (retry) => this.retries.push(retry),
      onComment: (comment) => this.comments.push(comment),
      onError: (error) =>
        this.#events.push({ id: undefined, event: `fault: ${error.message}`, data: error.line ?? '' }),
    });
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.text += text;
      parser.feed(text);
      this.#tell();
    });
    // An abrupt end is an end, too; what it means is the test's business.
    response.on('error', () => undefined);
    response.on('close', () => {
      this.ended = true;
      this.#tell();
    });
  }

  /** The next event. */
  async next(): Promise<SeenEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) return event;
      if (this.ended) throw new Error(`The stream has ended; all that came: ${this.text.slice(-2_000)}`);
      await this.told();
    }
  }

  /** The next `count` events. */
  async take(count: number): Promise<SeenEvent[]> {
    const events: SeenEvent[] = [];
    while (events.length < count) events.push(await this.next());
    return events;
  }

  /** The events up to the first that `isLast` is true of, with it. */
  async takeUntil(isLast: (event: SeenEvent) => boolean): Promise<SeenEvent[]> {
    const events: SeenEvent[] = [];
    for (;;) {
      const event = await this.next();
      events.push(event);
      if (isLast(event)) return events;
    }
  }

  /** Resolves when something has come, or the stream has ended. */
  told(): Promise<void> {
    return new Promise((resolve) => this.#told.push(resolve));
  }

  /** Resolves when the server has ended the stream, with the events not taken yet. */
  async rest(): Promise<SeenEvent[]> {
    while (!this.ended) await this.told();
    return this.#events.splice(0);
  }

  close(): void {
    this.#request.destroy();
  }

  #tell(): void {
    const told = this.#told;
    this.#told = [];
    for (const resolve of told) resolve();
  }
}

export interface OpenEventSource {
  readonly source: EventSource;
  /** What `onmessage` has seen. */
  readonly messages: readonly SeenEvent[];
  /** What the named listeners have seen. */
  readonly named: readonly SeenEvent[];
}

/** An EventSource that gathers messages and the named events, and resolves once the server says that it listens. */
export async function openEventSource(url: string, query: string, names: readonly string[]): Promise<OpenEventSource> {
  const source = new EventSource(`${url}/stream?${query}`);
  const messages: SeenEvent[] = [];
  const named: SeenEvent[] = [];
  const seen = ({ lastEventId, type, data }: MessageEvent): SeenEvent => ({ id: lastEventId, event: type, data });
  source.onmessage = (event) => messages.push(seen(event));
  for (const name of names) source.addEventListener(name, (event: MessageEvent) => named.push(seen(event)));
  await new Promise<void>((resolve, reject) => {
    source.addEventListener('fanfare:open', () => resolve(), { once: true });
    source.addEventListener('error', ({ message }) => reject(new Error(message)), { once: true });
  });
  return { source, messages, named };
}
