// Following the log: whatever frames, tips and pages do, what comes out is the log, or a gap that says why it is not.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { World } from './support/follower-world.ts';

type Step = (world: World) => void;

/** A kind of step, of which the counterexample shows the name and the numbers. */
function step(name: string, most: number, act: (world: World, count: number) => void): fc.Arbitrary<Step> {
  return fc
    .integer({ min: 1, max: most })
    .map((count) =>
      Object.assign((world: World) => act(world, count), { [fc.toStringMethod]: () => `${name}(${count})` }),
    );
}

const network = [
  step('publish', 5, (world, count) => world.publish(count)),
  step('publish', 5, (world, count) => world.publish(count)),
  step('deliver', 5, (world, count) => world.deliver(count)),
  step('deliver', 5, (world, count) => world.deliver(count)),
  step('drop', 3, (world, count) => world.drop(count)),
  step('repeat', 1, (world) => world.repeat()),
  step('postpone', 1, (world) => world.postpone()),
  step('look', 3, (world, count) => times(count, () => world.look())),
  step('look', 3, (world, count) => times(count, () => world.look())),
  step('answer', 2, (world, count) => times(count, () => world.answer())),
  step('answer', 2, (world, count) => times(count, () => world.answer())),
  step('disconnect', 1, (world) => world.disconnect()),
  step('reconnect', 1, (world) => world.reconnect()),
];
const trims = [step('trim', 6, (world, keep) => world.trim(keep))];
const restarts = [step('restart', 1, (world) => world.restart())];
const losses = [step('lose', 1, (world) => world.lose())];
const rewinds = [
  step('rewind', 6, (world, lost) => world.rewind(lost, 0)),
  step('rewind and add', 6, (world, lost) => world.rewind(lost, 1 + (lost % 3))),
];

function times(count: number, act: () => void): void {
  for (let left = count; left > 0; left -= 1) act();
}

interface Sizes {
  readonly ring: number;
  readonly page: number;
  readonly log: number;
}

const sizes: fc.Arbitrary<Sizes> = fc.record({
  ring: fc.integer({ min: 1, max: 12 }),
  page: fc.integer({ min: 2, max: 6 }),
  log: fc.nat(12),
});

function follow(kinds: readonly fc.Arbitrary<Step>[], check: (world: World) => void, sized = sizes): void {
  const steps = fc.array(fc.oneof(...kinds), { maxLength: 50 });
  fc.assert(
    fc.property(sized, steps, ({ ring, page, log }, story) => {
      const world = new World(ring, page, log);
      for (const act of story) act(world);
      world.settle();
      world.checkSettled();
      check(world);
    }),
    { numRuns: 3_000 },
  );
}

describe('with a network that drops, repeats, delays and breaks', () => {
  test('R4: everything comes out once, in order, without a gap', () => {
    follow(network, (world) => expect(world.told).toEqual([]));
  });

  test('R3: a log that trims itself costs no gap but “trimmed”, one for each trim at most', () => {
    follow([...network, ...trims], (world) => expect(world.told.filter((reason) => reason !== 'trimmed')).toEqual([]));
  });

  test('R6: a restart is told as a break in its place, once', () => {
    follow([...network, ...restarts], (world) => {
      expect(world.told).toEqual(Array(world.log.losses).fill('break'));
    });
  });

  test('R3: a lost log is told, once for each loss at most', () => {
    follow([...network, ...losses], (world) => expect(world.told.includes('lost')).toBe(world.log.losses > 0));
  });

  test('R3: a log that went backwards is told, and goes on from what both had', () => {
    follow([...network, ...rewinds], () => undefined);
  });

  test('R3: all of it together', () => {
    follow([...network, ...trims, ...restarts, ...losses, ...rewinds], () => undefined);
  });
});
