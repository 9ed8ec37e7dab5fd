// Following the log: whatever frames, tips and pages do, what comes out is the log, or a gap that says why it is not.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { World, type WorldSizes } from './support/follower-world.ts';
import type { LogModelOptions } from './support/log-model.ts';

type Step = (world: World) => void;
type Steps = readonly fc.Arbitrary<Step>[];

/** A kind of step, of which the counterexample shows the name and the numbers. */
function step(name: string, most: number, act: (world: World, count: number) => void): fc.Arbitrary<Step> {
  return fc
    .integer({ min: 1, max: most })
    .map((count) =>
      Object.assign((world: World) => act(world, count), { [fc.toStringMethod]: () => `${name}(${count})` }),
    );
}

function times(count: number, act: () => void): void {
  for (let left = count; left > 0; left -= 1) act();
}

// What a connection does as long as it lasts, and how it comes back.
const connection = [
  step('publish', 5, (world, count) => world.log.publish(count)),
  step('publish', 5, (world, count) => world.log.publish(count)),
  step('deliver', 5, (world, count) => world.deliver(count)),
  step('deliver', 5, (world, count) => world.deliver(count)),
  step('look', 3, (world, count) => times(count, () => world.look())),
  step('look', 3, (world, count) => times(count, () => world.look())),
  step('answer', 2, (world, count) => times(count, () => world.answer())),
  step('answer', 2, (world, count) => times(count, () => world.answer())),
  step('reconnect', 1, (world) => world.reconnect()),
];
const network = [
  ...connection,
  step('drop', 3, (world, count) => world.drop(count)),
  step('repeat', 1, (world) => world.repeat()),
  step('postpone', 1, (world) => world.postpone()),
  step('fail', 1, (world) => world.fail()),
  step('disconnect', 1, (world) => world.disconnect()),
  step('resubscribe', 1, (world) => world.resubscribe()),
];
const trims = [
  step('trim', 6, (world, keep) => world.log.trim(keep)),
  step('trim to bytes', 300, (world, bytes) => world.log.trimBytes(bytes)),
];
const restarts = [step('restart', 1, (world) => cut(world, () => world.log.restart(0, 0)))];
const unseen = [step('restart without', 6, (world, lost) => cut(world, () => world.log.restart(lost, 0)))];
const losses = [step('lose', 1, (world) => world.log.lose(0))];
const rewinds = [
  step('rewind', 6, (world, lost) => cut(world, () => world.log.rewind(lost))),
  step('rewind and add', 6, (world, lost) =>
    cut(world, () => {
      world.log.rewind(lost);
      world.log.publish(1 + (lost % 3));
    }),
  ),
];
const backwards = [
  step('lose back', 4, (world, back) => world.log.lose(back)),
  step('restart back', 6, (world, lost) => cut(world, () => world.log.restart(lost, 1 + (lost % 4)))),
];

/** Redis ends and comes back: whoever was connected is not. */
function cut(world: World, act: () => void): void {
  world.disconnect();
  act();
}

const sizes: fc.Arbitrary<WorldSizes> = fc.record({
  ring: fc.integer({ min: 1, max: 12 }),
  page: fc.integer({ min: 2, max: 6 }),
  log: fc.nat(12),
});

function follow(
  kinds: Steps,
  check: (world: World) => void = () => undefined,
  sized: fc.Arbitrary<WorldSizes> = sizes,
  options?: LogModelOptions,
): void {
  const steps = fc.array(fc.oneof(...kinds), { maxLength: 50 });
  fc.assert(
    fc.property(sized, steps, (worldSizes, story) => {
      const world = new World(worldSizes, options);
      for (const act of story) act(world);
      world.settle();
      check(world);
    }),
    { numRuns: 1_500 },
  );
}

describe('with a network that drops, repeats, delays and breaks', () => {
  test('R4: everything comes out once, in order, without a gap', () => {
    follow(network, ({ witness }) => expect(witness.told).toEqual([]));
  });

  test('R3: a log that trims itself costs no gap but “trimmed”, one for each trim at most', () => {
    follow([...network, ...trims], ({ witness }) =>
      expect(witness.told.filter((reason) => reason !== 'trimmed')).toEqual([]),
    );
  });

  test('R6: a restart is told as a break in its place, once', () => {
    follow([...network, ...restarts], ({ witness, log }) => {
      expect(witness.told).toEqual(Array(log.losses).fill('break'));
    });
  });

  test('R6: a restart that lost what nobody had seen is told', () => {
    follow([...network, ...unseen], ({ witness, log }) => expect(witness.told.length > 0).toBe(log.losses > 0));
  });

  test('R3: a lost log is told, once for each loss at most', () => {
    follow([...network, ...losses], ({ witness, log }) => expect(witness.told.includes('lost')).toBe(log.losses > 0));
  });

  test('R3: a log that went backwards is told, and goes on from what both had', () => {
    follow([...network, ...rewinds]);
  });

  test('R3: a clock that went back with a loss hides nothing', () => {
    follow([...network, ...backwards]);
  });

  test('R3: all of it together', () => {
    follow([...network, ...trims, ...restarts, ...unseen, ...losses, ...rewinds, ...backwards]);
  });
});

// A link names an id and not an entry, so what is still under way when an id comes again can be taken for its successor.
// Ids recur only where a clock goes back to the very millisecond: here nothing is under way then, and the ring holds all
// that came since the last gap.
const large = sizes.map((chosen) => ({ ...chosen, ring: 1_000 }));
const ways = {
  frames: (world: World) => world.deliver(Number.POSITIVE_INFINITY),
  reconnect: (world: World) => world.reconnect(),
  tip: (world: World) => world.drop(Number.POSITIVE_INFINITY),
};

describe.each(Object.keys(ways) as (keyof typeof ways)[])('with the same ids under another history (%s)', (way) => {
  const again = (name: string, lose: (world: World, back: number) => void) =>
    step(name, 4, (world, back) => {
      world.settle();
      lose(world, back);
      world.log.publish(1 + (back % 3));
      ways[way](world);
      world.settle();
    });

  test('R3: a log that was lost and filled again is told, once', () => {
    const kinds = [
      ...connection,
      again('lose and add', (world, back) => world.log.lose(back)),
      again('lose within a millisecond and add', (world) => world.log.lose(0)),
      again('restart and add', (world, back) => world.log.restart(2 * back, back)),
    ];
    follow(kinds, ({ witness, log }) => expect(witness.told).toHaveLength(log.losses), large, {
      recurring: true,
    });
  });
});
