// The ring: a bounded window on the log in which readers keep their place.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BEFORE_ALL, type Entry, type Id } from '../src/entry.ts';
import { Ring, type RingBounds } from '../src/ring.ts';
import { breakAt, chain, message } from './support/entries.ts';

const UNBOUNDED = { entries: 1_000, bytes: 1_000_000 };

function ringOf(entries: readonly Entry[], bounds: RingBounds = UNBOUNDED): Ring {
  const ring = new Ring(bounds);
  ring.restart(entries[0]?.prev ?? BEFORE_ALL);
  for (const entry of entries) ring.append(entry);
  return ring;
}

describe('a new ring', () => {
  test('it knows no position and no entry', () => {
    const ring = new Ring(UNBOUNDED);
    expect([ring.position, ring.oldest, ring.newest, ring.size, ring.at(0)]).toEqual([
      undefined,
      undefined,
      undefined,
      0,
      undefined,
    ]);
  });
});

describe('bounds', () => {
  test('the oldest fall out over the number of entries', () => {
    const ring = ringOf(chain(10), { entries: 3, bytes: 1_000_000 });
    expect([ring.size, ring.oldest?.id, ring.newest?.id]).toEqual([3, '8-0', '10-0']);
  });

  test('the oldest fall out over the bytes, but the newest stays however large', () => {
    const large = { text: 'x'.repeat(1_000) };
    const ring = ringOf([], { entries: 100, bytes: 3_000 });
    for (const { id, prev } of chain(10)) ring.append(message(id, prev, ['messages'], large.text));
    expect(ring.size).toBe(2);
    expect(ring.bytes).toBeLessThanOrEqual(3_000);
    ring.append(message('11-0', '10-0', ['messages'], 'x'.repeat(10_000)));
    expect([ring.size, ring.newest?.id]).toEqual([1, '11-0']);
  });

  test('what is forgotten is not counted', () => {
    const ring = ringOf(chain(10));
    ring.restart('10-0' as Id);
    expect([ring.bytes, ring.size]).toEqual([0, 0]);
  });
});

describe('positions', () => {
  const ring = ringOf([breakAt('1-0', '0-0'), message('2-0', '1-0'), message('3-0', '2-0')]);

  test('R2: what follows a position is found by its id, from before the first to the newest', () => {
    expect(['0-0', '1-0', '2-0', '3-0'].map((id) => ring.sequenceAfter(id as Id))).toEqual([0, 1, 2, 3]);
  });

  test('R3: what is no position of this window is not found', () => {
    expect(['1-1', '4-0'].map((id) => ring.sequenceAfter(id as Id))).toEqual([undefined, undefined]);
    const full = ringOf(chain(10), { entries: 3, bytes: 1_000_000 });
    expect(full.sequenceAfter('6-0' as Id)).toBeUndefined();
    expect(full.sequenceAfter('7-0' as Id)).toBe(7);
  });

  test('R3: a ring that goes on after an entry knows it as the newest, and does not hold it', () => {
    const restarted = ringOf(chain(10));
    const newest = message('12-0', '11-0');
    restarted.restart(newest.id, newest);
    expect([restarted.newest, restarted.oldest, restarted.holds(newest)]).toEqual([newest, undefined, false]);
    restarted.append(message('13-0', '12-0'));
    expect(restarted.newest?.id).toBe('13-0');
  });

  test('R3: an entry is held by id and link: an id alone can recur', () => {
    expect(ring.holds(message('3-0', '2-0'))).toBe(true);
    expect(ring.holds(message('3-0', '1-0'))).toBe(false);
    expect(ring.holds(message('4-0', '3-0'))).toBe(false);
  });
});

/** The plain way to do the same: every entry ever, and where the window begins. */
class Model {
  readonly bounds: RingBounds;
  all: (Entry | undefined)[] = [];
  first = 0;
  start: Id = BEFORE_ALL;
  position: Id | undefined;

  constructor(bounds: RingBounds) {
    this.bounds = bounds;
  }

  get window(): readonly Entry[] {
    return this.all.slice(this.first) as Entry[];
  }

  append(entry: Entry): void {
    this.all.push(entry);
    this.position = entry.id;
    while (this.window.length > this.bounds.entries) {
      this.start = (this.all[this.first] as Entry).id;
      this.all[this.first] = undefined;
      this.first += 1;
    }
  }

  restart(position: Id): void {
    this.all.fill(undefined);
    this.first = this.all.length;
    this.start = position;
    this.position = position;
  }

  sequenceAfter(id: Id): number | undefined {
    if (id === this.position) return this.all.length;
    if (id === this.start) return this.first;
    const index = this.all.findIndex((entry) => entry?.id === id);
    return index === -1 ? undefined : index + 1;
  }
}

type Step = { readonly restart: boolean; readonly ahead: number };
const step: fc.Arbitrary<Step> = fc.record({
  restart: fc.nat(9).map((n) => n === 0),
  ahead: fc.integer({ min: 1, max: 3 }),
});

test('a ring is a window on everything appended, and sequence numbers are never used again', () => {
  const bounds = fc.record({ entries: fc.integer({ min: 1, max: 8 }), bytes: fc.constant(1_000_000) });
  fc.assert(
    fc.property(bounds, fc.array(step, { maxLength: 60 }), (limits, steps) => {
      const ring = new Ring(limits);
      const model = new Model(limits);
      let time = 0;
      for (const { restart, ahead } of steps) {
        const prev = ring.position ?? BEFORE_ALL;
        time += ahead;
        const id = `${time}-0` as Id;
        const entry = message(id, prev);
        for (const each of [ring, model]) {
          if (restart) each.restart(id);
          else each.append(entry);
        }
      }
      compare(ring, model, time);
    }),
    { numRuns: 1_000 },
  );
});

function compare(ring: Ring, model: Model, time: number): void {
  expect([ring.position, ring.end, ring.size]).toEqual([model.position, model.all.length, model.window.length]);
  expect([ring.oldest, ring.newest]).toEqual([model.window[0], model.window.at(-1)]);
  for (let sequence = 0; sequence <= ring.end; sequence += 1) expect(ring.at(sequence)).toBe(model.all[sequence]);
  if (ring.position === undefined) return;
  for (let at = 0; at <= time; at += 1) {
    const id = `${at}-0` as Id;
    expect(ring.sequenceAfter(id)).toBe(model.sequenceAfter(id));
  }
}
