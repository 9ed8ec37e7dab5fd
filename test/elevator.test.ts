// Reads that many share: whatever is appended, trimmed or lost meanwhile, and whoever else asks, everybody is answered
// as by a read of its own, and the number of reads is that of the pages.

import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { continueFrom } from '../src/bus/continuity.ts';
import type { Id } from '../src/entry.ts';
import { type Answer, type Direction, ElevatorWorld } from './support/elevator-world.ts';

// How long it waits before it reads again is not what these tests are about.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: async () => undefined,
}));

type Act = (world: ElevatorWorld) => void | Promise<void>;

/** A kind of step, of which the counterexample shows the name and the number. */
function step(name: string, most: number, act: (world: ElevatorWorld, number: number) => void | Promise<void>) {
  return fc
    .nat(most)
    .map((number) =>
      Object.assign((world: ElevatorWorld) => act(world, number), { [fc.toStringMethod]: () => `${name}(${number})` }),
    );
}

const STRANGE = ['0-0', '0-1', '1-999', '2-999', '999-0'];
const asks = [
  // Every id that there ever was: of messages and breaks, trimmed and lost ones.
  step('ask', 1_000, (world, nth) => void world.ask(world.log.ever[nth % world.log.ever.length]?.id as Id)),
  step('ask strangely', STRANGE.length - 1, (world, nth) => void world.ask(STRANGE[nth] as Id)),
];
const life: readonly fc.Arbitrary<Act>[] = [
  ...asks,
  ...asks,
  step('publish', 5, ({ log }, count) => log.publish(count)),
  step('trim', 6, ({ log }, keep) => log.trim(1 + keep)),
  step('lose', 0, ({ log }) => log.lose(0)),
  step('restart back', 4, ({ log }, lost) => log.restart(lost, lost)),
  step('turn', 0, () => nextTurn()),
  step('fail', 2, (world, times) => {
    world.failures += times;
  }),
  step('end', 1_000, ({ answers }, nth) => {
    const answer = answers[nth % answers.length];
    if (answer !== undefined) answer.asker.ended = true;
  }),
];

const sizes = fc.record({ page: fc.integer({ min: 2, max: 6 }), log: fc.nat(30) });

describe.each<Direction>(['forward', 'back'])('reading %s', (direction) => {
  test('everybody is answered as by a read of its own, begun after it asked', async () => {
    const stories = fc.array(fc.oneof(...life), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), sizes, stories, async (scheduler, { page, log }, story) => {
        const world = new ElevatorWorld(direction, page, log, (what) => scheduler.schedule(Promise.resolve(), what));
        for (const act of story) {
          await act(world);
          if (scheduler.count() > 0) await scheduler.waitNext(1);
        }
        await world.settle(() => scheduler.waitIdle());
        for (const answer of world.answers) checkAnswer(world, answer);
      }),
      { numRuns: 1_000 },
    );
  });

  test('many that go through the log to its end cost no more than one', async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.array(fc.nat(1_000), { minLength: 1, maxLength: 100 }),
        async ({ page, log }, nths) => {
          const world = new ElevatorWorld(direction, page, log);
          const starts = nths.map((nth) => world.log.ever[nth % world.log.ever.length]?.id as Id);
          await Promise.all(starts.map((from) => world.follow(from)));
          // The last entry of a page is read again as the first of the next.
          expect(world.reads).toBeLessThanOrEqual(Math.ceil(world.log.entries.length / (page - 1)));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('nobody is passed over for ever, whoever else comes', async () => {
    const world = new ElevatorWorld(direction, 10, 200);
    const ids = world.log.ever.map(({ id }) => id);
    // With each read the log grows and others come, near to it and far; amid the first sweep, those that are watched.
    world.onRead = (from) => {
      if (world.reads > 200) return;
      world.log.publish(1);
      for (const id of [ids[0], from, world.log.tip.id]) void world.ask(id as Id);
      if (world.reads === 10) for (const id of ids) void world.ask(id);
    };
    void world.ask(ids[0] as Id);
    await world.settle();
    const waits = world.answers.map(({ page, readsBefore }) => (page?.read as number) - readsBefore);
    // To the end of the log, and once through it: each read goes on by nine entries, of which one is new.
    expect(Math.max(...waits)).toBeLessThanOrEqual((2 * world.log.entries.length) / 8);
  });

  test('whoever ends stops waiting while the log cannot be read, and nobody reads for it', async () => {
    const world = new ElevatorWorld(direction, 10, 50);
    world.failures = Number.POSITIVE_INFINITY;
    const ids = world.log.ever.map(({ id }) => id);
    const pages = ids.map((from) => world.ask(from));
    while (world.reads < 10) await nextTurn();
    for (const { asker } of world.answers) asker.ended = true;
    expect(await Promise.all(pages)).toEqual(pages.map(() => undefined));
    const { reads } = world;
    for (let turns = 0; turns < 10; turns += 1) await nextTurn();
    expect(world.reads).toBe(reads);
  });

  test('a failure is one for all who wait, and costs one more read', async () => {
    const world = new ElevatorWorld(direction, 10, 50);
    world.failures = 3;
    await Promise.all(world.log.ever.map(({ id }) => world.ask(id)));
    // And one for those that were left behind.
    expect(world.reads).toBeLessThanOrEqual(3 + Math.ceil(51 / 9) + 1);
  });

  test('a page that cannot be read holds up only those that need it', async () => {
    const world = new ElevatorWorld(direction, 10, 50);
    const ids = world.log.ever.map(({ id }) => id);
    world.unreadable = ids[25] as Id;
    const asked = new Map(ids.map((id) => [id, world.ask(id)]));
    const isFar = (_: Id, index: number) => Math.abs(index - 25) > 9;
    await Promise.all(ids.filter(isFar).map((id) => asked.get(id)));
    world.unreadable = undefined;
    await world.settle();
  });
});

function checkAnswer(world: ElevatorWorld, { asker, from, readsBefore, page }: Answer): void {
  if (page === undefined) {
    expect(asker.ended, `${from} is answered`).toBe(true);
    return;
  }
  expect(page.read, 'read after it was asked for').toBeGreaterThan(readsBefore);
  const own = world.pageOf(page.log, from, Number.POSITIVE_INFINITY);
  const { entries } = page;
  expect(page).toMatchObject({ oldest: own.oldest, tip: own.tip, more: entries.length < own.entries.length });
  expect(entries).toEqual(own.entries.slice(0, entries.length));
  if (page.more) expect(entries.at(-1)?.id, 'it leads on').not.toBe(from);
  if (world.direction === 'back') return;
  const { entries: _, ...continuation } = continueFrom(from, own);
  expect(continueFrom(from, page)).toMatchObject(continuation);
}
