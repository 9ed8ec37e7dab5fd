// A log, the network and a follower, for tests that try every order of events. Whatever the follower tells
// is checked on the spot: entries follow one another, none comes twice, and a gap has a cause.

import { expect } from 'vitest';
import { Follower, type Tip } from '../../src/bus/follower.ts';
import type { Entry, Id, ResetReason } from '../../src/entry.ts';
import { Ring } from '../../src/ring.ts';
import { LogModel, pageOf } from './log-model.ts';

interface Reading {
  readonly from: Id;
  /** The log as it was when the page was read; undefined while the request is on its way. */
  log?: readonly Entry[];
}

interface Look {
  readonly askedAt: Id;
  tip?: Tip;
}

export class World {
  readonly log = new LogModel((entry) => this.#frames.push(entry));
  readonly ring: Ring;
  readonly follower: Follower;
  /** Every loss that a stream would be told of: gaps, and breaks in their place. */
  told: (ResetReason | 'break')[] = [];
  readonly #pageLimit: number;
  /** Entries that need no telling: told, or there before the follower began. */
  readonly #covered = new Set<Entry>();
  #position: Id;
  #frames: Entry[] = [];
  #reading: Reading | undefined;
  /** The log of the page that is being given to the follower. */
  #page: readonly Entry[] | undefined;
  #look: Look | undefined;

  constructor(ringEntries: number, pageLimit: number, logEntries: number) {
    this.#pageLimit = pageLimit;
    this.ring = new Ring({ entries: ringEntries, bytes: 1_000_000 });
    this.follower = new Follower(this.ring, {
      append: (entry) => this.#append(entry),
      gap: (reason, position) => this.#gap(reason, position),
      read: (from) => this.#read(from),
      repaired: () => undefined,
    });
    this.log.publish(logEntries);
    this.drop(logEntries);
    for (const entry of this.log.entries) this.#covered.add(entry);
    this.follower.warm(this.log.entries.slice(-ringEntries));
    this.#position = this.log.tip.id;
  }

  publish(count: number): void {
    this.log.publish(count);
  }

  /** Frames arrive, in their order. */
  deliver(count: number): void {
    for (const frame of this.#frames.splice(0, count)) this.follower.frame(frame);
  }

  /** Frames never arrive. */
  drop(count: number): void {
    this.#frames.splice(0, count);
  }

  /** The next frame arrives and will arrive again. */
  repeat(): void {
    const [frame] = this.#frames;
    if (frame !== undefined) this.follower.frame(frame);
  }

  /** The next frame will arrive after all others. */
  postpone(): void {
    this.#frames.push(...this.#frames.splice(0, 1));
  }

  /** Takes the check of the tip one step on: asked, looked at, answered. */
  look(): void {
    if (this.#look === undefined) {
      this.#look = { askedAt: this.ring.position as Id };
    } else if (this.#look.tip === undefined) {
      this.#look.tip = this.log.tip;
    } else {
      const { tip, askedAt } = this.#look;
      this.#look = undefined;
      this.follower.tip(tip, askedAt);
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
    this.#page = reading.log;
    this.follower.page(pageOf(reading.log, reading.from, this.#pageLimit));
    this.#page = undefined;
  }

  /** The connection breaks: nothing that was on its way arrives, and what was asked is not answered. */
  disconnect(): void {
    this.#frames = [];
    this.#look = undefined;
    if (this.#reading === undefined) return;
    this.#reading = undefined;
    this.follower.failed();
  }

  reconnect(): void {
    this.disconnect();
    this.follower.reconnected();
  }

  trim(keep: number): void {
    this.log.trim(keep);
  }

  /** Redis comes back without its last entries, says nothing of it, and takes others. */
  rewind(lost: number, added: number): void {
    this.disconnect();
    this.log.rewind(lost);
    this.log.publish(added);
  }

  /** Redis comes back and may have lost messages. */
  restart(): void {
    this.disconnect();
    this.log.restart();
  }

  lose(): void {
    this.log.lose();
  }

  /** Nothing more happens: what is under way arrives, and the tip is looked at twice. */
  settle(): void {
    this.#finish();
    while (this.#look !== undefined) this.look();
    for (let looks = 0; looks < 2; looks += 1) {
      this.#finish();
      for (let steps = 0; steps < 3; steps += 1) this.look();
    }
    this.#finish();
  }

  /** Whether the follower is where the log is, and nothing that the log holds was passed over. */
  checkSettled(): void {
    expect(this.follower.behind).toBe(false);
    expect(this.ring.position).toBe(this.log.tip.id);
    expect(this.#position).toBe(this.log.tip.id);
    expect(this.log.entries.filter((entry) => entry.kind === 'message' && !this.#covered.has(entry))).toEqual([]);
    expect(this.told.length).toBeLessThanOrEqual(this.log.trims + this.log.losses);
  }

  #finish(): void {
    this.deliver(this.#frames.length);
    while (this.#reading !== undefined) this.answer();
  }

  #read(from: Id): void {
    expect(this.#reading, 'one page at a time').toBeUndefined();
    this.#reading = { from };
  }

  #append(entry: Entry): void {
    expect(entry.prev, 'an entry follows the one before').toBe(this.#position);
    expect(this.#covered.has(entry), `${entry.id} is told once`).toBe(false);
    this.#covered.add(entry);
    this.#position = entry.id;
    if (entry.kind === 'break') this.told.push('break');
  }

  #gap(reason: ResetReason, position: Id): void {
    const log = this.#page ?? [];
    const before = this.#position;
    expect(['trimmed', 'lost']).toContain(reason);
    expect(
      log.some(({ id, prev }) => id === before || prev === before),
      `${before} could be gone on from`,
    ).toBe(false);
    expect([log[0]?.prev, ...log.map(({ id }) => id)], 'the gap ends in the log').toContain(position);
    expect(reason === 'trimmed' ? this.log.trims : this.log.losses, `a cause for ${reason}`).toBeGreaterThan(0);
    this.#position = position;
    this.told.push(reason);
  }
}
