// Publishers: so many sends a second through nginx, each with an Idempotency-Key of its own and repeated with it until
// it is acknowledged or refused for good. One in so many is a batch. They know what they sent and what they were told,
// for the checker.

import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Id } from '../../src/entry.ts';
import type { Outcome, Sent } from './checker.ts';

interface Pending {
  readonly body: string;
  readonly channels: readonly string[];
  readonly batch?: number;
  outcome: Outcome;
}

export interface SenderOptions {
  /** Begins the messages, which are told apart by them. */
  readonly name: string;
  readonly url: string;
  readonly channels: readonly string[];
  readonly perSecond: number;
}

const TICK_MS = 20;
// While nobody answers, publishers wait instead of piling up.
const MOST_AT_ONCE = 100;
const REPEAT_MS = 100;
const ANSWER_MS = 15_000;
const BATCH = 3;
const BATCH_EVERY = 20;

export class Sender {
  readonly #options: SenderOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MOST_AT_ONCE });
  readonly #timer: NodeJS.Timeout;
  #sent: Pending[] = [];
  #due = 0;
  #count = 0;
  #ticks = 0;
  #paused = true;
  #closed = false;
  /** Sends not yet acknowledged or refused. */
  open = 0;
  /** What went wrong before a repetition made it good. */
  failures: string[] = [];
  /** The longest that an answer took, whatever it said. */
  slowestMs = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get sent(): readonly Sent[] {
    return this.#sent;
  }

  resume(): void {
    this.#paused = false;
  }

  pause(): void {
    this.#paused = true;
    this.#due = 0;
  }

  /** Begins a new log. */
  forget(): void {
    this.#sent = [];
    this.failures = [];
    this.slowestMs = 0;
  }

  /** What has not been answered stays unknown. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#agent.destroy();
  }

  /**
   * Sends one message to these channels; resolves when it is acknowledged or refused.
   * @param url another address than usual
   */
  async send(channels: readonly string[], url = this.#options.url): Promise<Outcome> {
    const message = this.#message(channels);
    await this.#insist([message], url);
    return message.outcome;
  }

  /** Sends a message to each of these channels, all or none of them (P2). */
  #sendBatch(channels: readonly string[]): Promise<void> {
    const batch = this.#count;
    return this.#insist(
      channels.map((channel) => this.#message([channel], batch)),
      this.#options.url,
    );
  }

  #message(channels: readonly string[], batch?: number): Pending {
    this.#count += 1;
    const body = `${this.#options.name}${this.#count}`;
    const message: Pending = { body, channels, outcome: { status: 'unknown' }, ...(batch !== undefined && { batch }) };
    this.#sent.push(message);
    return message;
  }

  #tick(): void {
    if (this.#paused) return;
    this.#due += (this.#options.perSecond * TICK_MS) / 1_000;
    for (; this.#due >= 1; this.#due -= 1) {
      if (this.open >= MOST_AT_ONCE) continue;
      const { channels } = this.#options;
      const next = Array.from(
        { length: BATCH },
        (_, index) => channels[(this.#count + index) % channels.length] as string,
      );
      this.#ticks += 1;
      void (this.#ticks % BATCH_EVERY === 0 ? this.#sendBatch(next) : this.send(next.slice(0, 1)));
    }
  }

  async #insist(messages: readonly Pending[], url: string): Promise<void> {
    const key = randomUUID();
    this.open += 1;
    while (messages[0]?.outcome.status === 'unknown' && !this.#closed) {
      try {
        const outcomes = await this.#post(messages, key, url);
        for (const [index, message] of messages.entries()) message.outcome = outcomes[index] as Outcome;
      } catch (error) {
        this.failures.push((error as Error).message);
        await wait(REPEAT_MS);
      }
    }
    this.open -= 1;
  }

  /**
   * @returns the outcome of each message
   * @throws Error where the outcome is unknown
   */
  #post(messages: readonly Pending[], key: string, url: string): Promise<Outcome[]> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome[]>();
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
    const begun = performance.now();
    const sent = request(`${url}/send`, { method: 'POST', headers, agent: this.#agent });
    sent.setTimeout(ANSWER_MS, () => sent.destroy(new Error('no answer')));
    sent.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', reject).on('end', () => {
        this.slowestMs = Math.max(this.slowestMs, performance.now() - begun);
        const status = response.statusCode ?? 0;
        if (status === 201) resolve(idsIn(text).map((id) => ({ status: 'acknowledged', id })));
        else if (status >= 400 && status < 500) resolve(messages.map(() => ({ status: 'refused' })));
        else reject(new Error(`${status} ${text.slice(0, 160)}`));
      });
    });
    const fields = messages.map(({ channels, body }) => ({ channel: channels, message: body }));
    sent.end(JSON.stringify(fields.length === 1 ? fields[0] : fields));
    return promise;
  }
}

function idsIn(answer: string): readonly Id[] {
  const { id, ids } = JSON.parse(answer) as { id?: Id; ids?: readonly Id[] };
  return ids ?? [id as Id];
}
