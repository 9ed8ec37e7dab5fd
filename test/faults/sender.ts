// Publishers: so many sends a second through nginx, each with an Idempotency-Key of its own and repeated with it until
// it is acknowledged or refused for good. They know what they sent and what they were told, for the checker.

import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Id } from '../../src/entry.ts';
import type { Outcome, Sent } from './checker.ts';

interface Pending {
  readonly body: string;
  readonly channels: readonly string[];
  outcome: Outcome;
}

export interface SenderOptions {
  readonly url: string;
  readonly channels: readonly string[];
  readonly perSecond: number;
}

const TICK_MS = 20;
// While nobody answers, publishers wait instead of piling up.
const MOST_AT_ONCE = 100;
const REPEAT_MS = 100;
const ANSWER_MS = 15_000;

export class Sender {
  readonly #options: SenderOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MOST_AT_ONCE });
  readonly #timer: NodeJS.Timeout;
  #sent: Pending[] = [];
  #due = 0;
  #count = 0;
  #paused = true;
  #closed = false;
  /** Sends not yet acknowledged or refused. */
  open = 0;
  /** What went wrong before a repetition made it good. */
  failures: string[] = [];

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
  }

  /** What has not been answered stays unknown. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#agent.destroy();
  }

  /** Sends one message to these channels; resolves when it is acknowledged or refused. */
  async send(channels: readonly string[]): Promise<Outcome> {
    this.#count += 1;
    const pending: Pending = { body: `m${this.#count}`, channels, outcome: { status: 'unknown' } };
    this.#sent.push(pending);
    this.open += 1;
    try {
      await this.#insist(pending);
    } finally {
      this.open -= 1;
    }
    return pending.outcome;
  }

  #tick(): void {
    if (this.#paused) return;
    this.#due += (this.#options.perSecond * TICK_MS) / 1_000;
    for (; this.#due >= 1; this.#due -= 1) {
      if (this.open >= MOST_AT_ONCE) continue;
      void this.send([this.#options.channels[this.#count % this.#options.channels.length] as string]);
    }
  }

  async #insist(pending: Pending): Promise<void> {
    const key = randomUUID();
    while (pending.outcome.status === 'unknown' && !this.#closed) {
      try {
        pending.outcome = await this.#post(pending, key);
      } catch (error) {
        this.failures.push((error as Error).message);
        await wait(REPEAT_MS);
      }
    }
  }

  /** @throws Error where the outcome is unknown */
  #post({ body, channels }: Pending, key: string): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
    const sent = request(`${this.#options.url}/send`, { method: 'POST', headers, agent: this.#agent });
    sent.setTimeout(ANSWER_MS, () => sent.destroy(new Error('no answer')));
    sent.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', reject).on('end', () => {
        const status = response.statusCode ?? 0;
        if (status === 201) resolve({ status: 'acknowledged', id: (JSON.parse(text) as { id: Id }).id });
        else if (status >= 400 && status < 500) resolve({ status: 'refused' });
        else reject(new Error(`${status} ${text.slice(0, 160)}`));
      });
    });
    sent.end(JSON.stringify({ channel: channels, message: body }));
    return promise;
  }
}
