// A log, the network and a follower, for tests that try every order of events. What the follower tells is checked by a
// witness.

import { expect } from 'vitest';
import { Follower, type Tip } from '../../src/bus/follower.ts';
import type { Entry, Id } from '../../src/entry.ts';
import { Ring } from '../../src/ring.ts';
import { Witness } from './follower-witness.ts';
import { LogModel, type LogModelOptions, pageOf } from './log-model.ts';

export interface WorldSizes {
  /** Entries in the ring, on a page, and in the log when the follower begins. */
  readonly ring: number;
  readonly page: number;
  readonly log: number;
}

interface Reading {
  readonly from: Id;
  /** The log as it was when the page was read; undefined while the request is on its way. */
  log?: readonly Entry[];
}

interface Look {
  readonly askedAt: Id;
  tip?: Tip;
}

// Far more than a log of these tests has pages.
const MOST_STEPS = 500;

export class World {
  readonly log: LogModel;
  readonly witness: Witness;
  readonly #ring: Ring;
  readonly #follower: Follower;
  readonly #pageLimit: number;
  #frames: Entry[] = [];
  #reading: Reading | undefined;
  #look: Look | undefined;

  constructor({ ring, page, log }: WorldSizes, options?: LogModelOptions) {
    this.log = new LogModel((entry) => this.#frames.push(entry), options);
    this.#pageLimit = page;
    this.#ring = new Ring({ entries: ring, bytes: 1_000_000 });
    this.log.publish(log);
    this.#frames = [];
    this.witness = new Witness(this.log);
    this.#follower = new Follower(this.#ring, {
      append: (entry) => this.witness.append(entry),
      gap: (reason, position) => this.witness.gap(reason, position),
      read: (from) => this.#read(from),
      repaired: () => undefined,
    });
    this.#follower.warm(this.log.entries.slice(-ring));
  }

  /** Frames arrive, in their order. */
  deliver(count: number): void {
    for (const frame of this.#frames.splice(0, count)) this.#follower.frame(frame);
  }

  /** Frames never arrive. */
  drop(count: number): void {
    this.#frames.splice(0, count);
  }

  /** The next frame arrives and will arrive again. */
  repeat(): void {
    const [frame] = this.#frames;
    if (frame !== undefined) this.#follower.frame(frame);
  }

  /** The next frame will arrive after all others. */
  postpone(): void {
    this.#frames.push(...this.#frames.splice(0, 1));
  }

  /** Takes the check of the tip one step on: asked, looked at, answered. */
  look(): void {
    if (this.#look === undefined) {
      this.#look = { askedAt: this.#ring.position as Id };
    } else if (this.#look.tip === undefined) {
      this.#look.tip = this.log.tip;
    } else {
      const { tip, askedAt } = this.#look;
      this.#look = undefined;
      this.#follower.tip(tip, askedAt);
    }
  }

  /** Takes the page that the follower asked for one step on: read, answered. */
  answer(): void {
    const reading = this.#reading;
    if (reading === undefined) return;
    if (reading.log === undefined) {
      reading.log = this.log.entries;
      return;
    }
    this.#reading = undefined;
    this.witness.page = reading.log;
    this.witness.start = this.#ring.start;
    this.#follower.page(pageOf(reading.log, reading.from, this.#pageLimit));
    this.witness.page = [];
  }

  /** The page that the follower asked for does not come. */
  fail(): void {
    if (this.#reading === undefined) return;
    this.#reading = undefined;
    this.#follower.failed();
  }

  /** Both connections break: nothing that was on its way arrives, and what was asked is not answered. */
  disconnect(): void {
    this.#frames = [];
    this.#look = undefined;
    this.fail();
  }

  reconnect(): void {
    this.disconnect();
    this.#follower.reconnected();
  }

  /** The subscription alone breaks and comes back: what was asked over the other connection is still answered. */
  resubscribe(): void {
    this.#frames = [];
    this.#follower.reconnected();
  }

  /** Nothing more happens: what is under way arrives, and the tip is looked at twice. Then all must be told. */
  settle(): void {
    this.#finish();
    while (this.#look !== undefined) this.look();
    for (let looks = 0; looks < 2; looks += 1) {
      this.#finish();
      for (let steps = 0; steps < 3; steps += 1) this.look();
    }
    this.#finish();
    expect(this.#follower.behind).toBe(false);
    expect(this.#ring.position).toBe(this.log.tip.id);
    this.witness.checkSettled();
  }

  #finish(): void {
    this.deliver(this.#frames.length);
    for (let steps = 0; this.#reading !== undefined; steps += 1) {
      expect(steps, 'reading comes to an end').toBeLessThan(MOST_STEPS);
      this.answer();
    }
  }

  #read(from: Id): void {
    expect(this.#reading, 'one page at a time').toBeUndefined();
    this.#reading = { from };
  }
}
