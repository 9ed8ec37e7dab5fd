// An elevator over the array that models the log, for tests in which many ask while the log changes.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'vitest';
import { BusUnavailable, type Page } from '../../src/bus/bus.ts';
import { Elevator } from '../../src/elevator.ts';
import { compareIds, type Entry, type Id } from '../../src/entry.ts';
import { LogModel, pageOf } from './log-model.ts';

export type Direction = 'forward' | 'back';

/** A page that shows where it comes from. */
interface ReadPage extends Page {
  /** The log as it was read. */
  readonly log: readonly Entry[];
  /** Which read brought it: the first is 1. */
  readonly read: number;
}

export interface Answer {
  readonly asker: { ended: boolean };
  readonly from: Id;
  /** How many reads had begun when it was asked for. */
  readonly readsBefore: number;
  settled: boolean;
  page: ReadPage | undefined;
}

// Far more turns than the stories of these tests need.
const MOST_TURNS = 1_000;

export class ElevatorWorld {
  readonly direction: Direction;
  readonly log: LogModel;
  readonly answers: Answer[] = [];
  reads = 0;
  /** So many of the next reads fail. */
  failures = 0;
  /** No page that holds this can be read. */
  unreadable: Id | undefined;
  /** Called when a read has begun. */
  onRead: (from: Id) => void = () => undefined;
  readonly #limit: number;
  readonly #delay: (what: string) => Promise<unknown>;
  readonly #elevator: Elevator<ReadPage>;

  /** @param delay how long requests and answers are on their way */
  constructor(
    direction: Direction,
    limit: number,
    logEntries: number,
    delay: (what: string) => Promise<unknown> = () => nextTurn(),
  ) {
    this.direction = direction;
    this.log = new LogModel(() => undefined);
    this.log.publish(logEntries);
    this.#limit = limit;
    this.#delay = delay;
    const order = direction === 'forward' ? compareIds : (a: Id, b: Id) => compareIds(b, a);
    this.#elevator = new Elevator({ order, read: (from) => this.#read(from) });
  }

  /** Somebody asks for what comes after `from`. */
  async ask(from: Id): Promise<Page | undefined> {
    const answer: Answer = { asker: { ended: false }, from, readsBefore: this.reads, settled: false, page: undefined };
    this.answers.push(answer);
    answer.page = await this.#elevator.run(answer.asker, from);
    answer.settled = true;
    return answer.page;
  }

  /** Somebody goes from `start` to the end of the log, page by page. */
  async follow(start: Id): Promise<void> {
    let page = await this.ask(start);
    while (page?.more) page = await this.ask(page.entries.at(-1)?.id as Id);
  }

  /** All are answered. */
  async settle(deliver: () => Promise<unknown> = () => nextTurn()): Promise<void> {
    for (let turns = 0; this.answers.some(({ settled }) => !settled); turns += 1) {
      expect(turns, 'all are answered').toBeLessThan(MOST_TURNS);
      await deliver();
      await nextTurn();
    }
  }

  /** As a bus reads `log`, in this world's direction. */
  pageOf(log: readonly Entry[], from: Id, limit: number): Page {
    if (this.direction === 'forward') return pageOf(log, from, limit);
    const before = log.filter(({ id }) => compareIds(id, from) <= 0).reverse();
    const entries = before.slice(0, limit);
    return { ...pageOf(log, from, limit), entries, more: entries.length < before.length };
  }

  async #read(from: Id): Promise<ReadPage> {
    this.reads += 1;
    const read = this.reads;
    this.onRead(from);
    await this.#delay(`read ${from}: request`);
    const log = this.log.entries;
    const page = this.pageOf(log, from, this.#limit);
    const failing = this.failures > 0 || page.entries.some(({ id }) => id === this.unreadable);
    if (this.failures > 0) this.failures -= 1;
    await this.#delay(`read ${from}: answer`);
    if (failing) throw new BusUnavailable('as the test wants');
    return { ...page, log, read };
  }
}
