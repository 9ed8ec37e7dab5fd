// The intake without Redis and clocks: what replicas do with their queues, against a model of what Redis does. Every
// replica hears everything in one order, as late as it likes; a lease can be lost at any moment, and an answer too.

import { NOWHERE, type Position } from '../../src/flask/position.ts';
import { RawQueue } from '../../src/flask/raw-queue.ts';

type Event =
  | { readonly kind: 'message'; readonly channel: string; readonly text: string }
  | { readonly kind: 'mark'; readonly epoch: string; readonly mark: number; readonly taken: Position };

/** Redis, as far as the intake asks. */
export class ModelRedis {
  readonly flow: Event[] = [];
  readonly published: string[] = [];
  readonly log: string[] = [];
  #epochs = 1;
  #fences = 0;
  #mark = 0;
  #taken = NOWHERE;
  #token: number | undefined;

  /** As long as every other, so that a later one is greater. */
  get #epoch(): string {
    return String(this.#epochs).padStart(15, '0');
  }

  publish(channel: string): void {
    const text = `${channel} ${this.published.length}`;
    this.published.push(text);
    this.flow.push({ kind: 'message', channel, text });
  }

  acquire(): { readonly token: number; readonly epoch: string; readonly taken: Position } {
    this.#fences += 1;
    this.#token = this.#fences;
    this.#tell();
    return { token: this.#token, epoch: this.#epoch, taken: this.#taken };
  }

  renew(token: number, taken: Position): void {
    if (token !== this.#token) return;
    this.#taken = taken;
    this.#tell();
  }

  append(token: number, texts: readonly string[], position: Position): boolean {
    if (token !== this.#token) return false;
    this.log.push(...texts);
    this.#taken = position;
    return true;
  }

  /** Who has the lease is forgotten, and up to where messages were taken. */
  forget(): void {
    this.#epochs += 1;
    this.#mark = 0;
    this.#taken = NOWHERE;
    this.#token = undefined;
  }

  #tell(): void {
    this.#mark += 1;
    this.flow.push({ kind: 'mark', epoch: this.#epoch, mark: this.#mark, taken: this.#taken });
  }
}

export class ModelReplica {
  readonly queue = new RawQueue(Number.POSITIVE_INFINITY);
  readonly #redis: ModelRedis;
  #heard = 0;
  #token: number | undefined;

  constructor(redis: ModelRedis) {
    this.#redis = redis;
  }

  hear(count: number): void {
    for (const event of this.#redis.flow.slice(this.#heard, this.#heard + count)) {
      if (event.kind === 'mark') this.queue.mark(event.epoch, event.mark, event.taken);
      else this.queue.push(event.channel, Buffer.from(event.text));
      this.#heard += 1;
    }
  }

  /** Nobody waits for a lease to run out here: it may always have. */
  acquire(): void {
    const { token, epoch, taken } = this.#redis.acquire();
    this.#token = token;
    this.queue.begin(epoch);
    this.queue.take(taken);
  }

  /** What it thinks to hold may be another's by now. */
  renew(): void {
    const { done } = this.queue;
    if (this.#token === undefined) return;
    this.#redis.renew(this.#token, done);
    this.queue.take(done);
  }

  /** @param answered whether it hears what came of it */
  append(count: number, answered: boolean): void {
    if (this.#token === undefined) return;
    const { messages, position } = this.queue.next({ messages: count, bytes: Number.POSITIVE_INFINITY });
    const done = this.#redis.append(
      this.#token,
      messages.map(({ bytes }) => bytes.toString()),
      position,
    );
    if (done && answered) this.queue.take(position);
    else this.#token = undefined;
  }

  /** Its connection breaks; another one brings what comes from now on. */
  resubscribe(): void {
    this.#heard = this.#redis.flow.length;
    this.queue.resubscribed();
  }

  /** Hears all, takes all. */
  finish(): void {
    this.hear(Number.POSITIVE_INFINITY);
    this.acquire();
    this.append(Number.POSITIVE_INFINITY, true);
  }
}
