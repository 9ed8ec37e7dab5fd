// How waiting messages get into the log: parsed, encoded and appended in their order, under the lease's token, while what
// cannot be there is passed over and counted (F2, F3).

import type { Publication } from '../bus/bus.ts';
import type { Fence } from '../bus/redis-scripts.ts';
import { WIDEST_ESCAPE } from '../json-size.ts';
import { encodeBody } from '../sse.ts';
import type { Lease } from './lease.ts';
import { parseRaw, type RawFault } from './raw-message.ts';
import { type RawMessage, RawQueue } from './raw-queue.ts';

/** Why a message is not taken: it is refused; too many waited; nobody knows whether it had been. */
export type DropReason = RawFault | 'overflow' | 'lost';

export interface IntakeObserver {
  taken(messages: number): void;
  dropped(reason: DropReason, messages: number): void;
}

/** What is needed of the log. */
export interface FencedLog {
  readonly connected: boolean;
  append(publications: readonly Publication[], fence: Fence): Promise<unknown>;
}

const BATCH = { messages: 1_000, bytes: 1_048_576 };
// 134,000 messages of 50 bytes: of a burst that comes faster than the log takes it in, or while that takes nothing in.
const QUEUE_BYTES = 33_554_432;
// There is something beside the text.
const FIELDS_BYTES = 4_096;
/** Stands for a message that is too long to be kept. */
const TOO_LONG = Buffer.alloc(0);

export class Taker {
  readonly queue = new RawQueue(QUEUE_BYTES);
  readonly #lease: Lease;
  readonly #log: FencedLog;
  readonly #observer: IntakeObserver;
  readonly #maxBytes: number;

  constructor(lease: Lease, log: FencedLog, observer: IntakeObserver, maxMessageBytes: number) {
    this.#lease = lease;
    this.#log = log;
    this.#observer = observer;
    this.#maxBytes = maxMessageBytes;
  }

  receive(channel: string, bytes: Buffer): void {
    const tooLong = bytes.length > this.#maxBytes * WIDEST_ESCAPE + FIELDS_BYTES;
    this.queue.push(channel, tooLong ? TOO_LONG : bytes);
  }

  /**
   * Appends the next messages. The lease is held.
   * @throws LeaseLost, or what the bus throws; then they wait on
   */
  async take(): Promise<void> {
    // Nothing is under way, so nobody takes what has fallen out; what falls out from here on may be among these.
    this.drop('overflow', this.queue.fallen());
    const { messages, position } = this.queue.next(BATCH);
    const { publications, faults } = this.#prepared(messages);
    if (publications.length > 0) await this.#log.append(publications, this.#lease.fence(position));
    this.queue.take(position);
    this.took(publications.length);
    for (const fault of faults) this.drop(fault, 1);
  }

  took(messages: number): void {
    if (messages > 0) this.#observer.taken(messages);
  }

  drop(reason: DropReason, messages: number): void {
    if (messages > 0) this.#observer.dropped(reason, messages);
  }

  #prepared(messages: readonly RawMessage[]): { publications: readonly Publication[]; faults: readonly RawFault[] } {
    const publications: Publication[] = [];
    const faults: RawFault[] = [];
    for (const { channel, bytes } of messages) {
      const event = bytes === TOO_LONG ? 'size' : parseRaw(bytes, this.#maxBytes);
      if (typeof event === 'string') faults.push(event);
      else publications.push({ channels: [channel], body: encodeBody(event) });
    }
    return { publications, faults };
  }
}
