// A bus over the array that models the log. Frames come in order but late, pages come late or not at all: when, a
// scheduler decides. What the ring cannot follow is a gap, as behind a real follower.

import type fc from 'fast-check';
import { type Bus, BusUnavailable, type Listener, type Page, type Published } from '../../src/bus/bus.ts';
import { compareIds, type Entry, type Id } from '../../src/entry.ts';
import { Ring } from '../../src/ring.ts';
import { LogModel, pageOf } from './log-model.ts';

export interface BusModelOptions {
  readonly ringEntries: number;
  readonly pageEntries: number;
  readonly logEntries: number;
  readonly weight: number;
  readonly channels: () => readonly string[];
}

export class BusModel implements Bus {
  readonly ring: Ring;
  readonly log: LogModel;
  /** So many of the next reads fail. */
  failures = 0;
  readonly #scheduler: fc.Scheduler;
  readonly #pageEntries: number;
  readonly #frames: Entry[] = [];
  #listener: Listener | undefined;

  constructor(scheduler: fc.Scheduler, { ringEntries, pageEntries, logEntries, ...messages }: BusModelOptions) {
    this.#scheduler = scheduler;
    this.#pageEntries = pageEntries;
    this.ring = new Ring({ entries: ringEntries, bytes: 100_000_000 });
    this.log = new LogModel((entry) => this.#send(entry), messages);
    this.log.publish(logEntries);
    const newest = this.log.entries.slice(-ringEntries);
    this.ring.restart((newest[0] as Entry).prev);
    for (const entry of newest) this.ring.append(entry);
  }

  start(listener: Listener): void {
    this.#listener = listener;
  }

  publish(): Promise<Published> {
    throw new Error('Publish to the log');
  }

  async read(from: Id): Promise<Page> {
    const log = await this.#ask(`read ${from}`);
    return pageOf(log, from, this.#pageEntries);
  }

  async readBack(from: Id, limit: number): Promise<readonly Entry[]> {
    const log = await this.#ask(`read back ${from}`);
    const before = log.filter(({ id }) => compareIds(id, from) <= 0);
    return before.slice(-limit).reverse();
  }

  readonly extent = undefined;

  silentMs(): number {
    return 0;
  }

  unready(): readonly string[] {
    return [];
  }

  async close(): Promise<void> {
    this.#listener = undefined;
  }

  /** The log as it is when the request arrives, told when the answer does. */
  async #ask(what: string): Promise<readonly Entry[]> {
    await this.#scheduler.schedule(Promise.resolve(), `${what}: request`);
    const log = this.log.entries;
    const failing = this.failures > 0;
    if (failing) this.failures -= 1;
    await this.#scheduler.schedule(Promise.resolve(), `${what}: answer`);
    if (failing) throw new BusUnavailable('as the test wants');
    return log;
  }

  #send(entry: Entry): void {
    if (this.#listener === undefined) return;
    this.#frames.push(entry);
    // Whichever of these is run first takes the frame that was sent first.
    void this.#scheduler.schedule(Promise.resolve(), 'frame').then(() => this.#receive());
  }

  #receive(): void {
    const entry = this.#frames.shift();
    if (entry === undefined) return;
    if (entry.prev === this.ring.position) {
      this.ring.append(entry);
      this.#listener?.append(entry);
    } else {
      // Only a break follows on something else than the newest.
      this.ring.restart(entry.id);
      this.#listener?.gap('lost', entry.id);
    }
  }
}
