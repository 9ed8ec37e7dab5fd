// Resuming: whatever is published, trimmed or lost meanwhile, and in whatever order pages, frames and writes come, a
// stream carries exactly what follows its start, or a reset in place of what it cannot carry.

import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { parseId } from '../src/entry.ts';
import type { Start } from '../src/start.ts';
import { ReplayWorld, type Served } from './support/replay-world.ts';
import { type Carried, checkCarried, count } from './support/stream-checker.ts';

// How long it waits before it reads again is not what these tests are about.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof import('node:timers/promises')>()),
  setTimeout: async () => undefined,
}));

type Act = (world: ReplayWorld) => void | Promise<void>;
type Acts = fc.Arbitrary<Act>;

function named(name: string, act: Act): Act {
  return Object.assign(act, { [fc.toStringMethod]: () => name });
}

/** A kind of step, of which the counterexample shows the name and the number. */
function step(name: string, most: number, act: (world: ReplayWorld, number: number) => void | Promise<void>): Acts {
  return fc.integer({ min: 1, max: most }).map((number) => named(`${name}(${number})`, (world) => act(world, number)));
}

/** A start, once it is known which ids there have been. */
type Wish = (ids: readonly string[]) => Start;

const wishes: Readonly<Record<string, fc.Arbitrary<[string, Wish]>>> = {
  now: fc.constant(['now', () => ({ from: 'now' })]),
  earliest: fc.constant(['earliest', () => ({ from: 'earliest' })]),
  last: fc.nat(8).map((number) => [`last ${number}`, () => ({ from: 'last', count: number })]),
  // Every id that there ever was: of messages and breaks, in the ring, older, trimmed and lost ones.
  issued: fc
    .nat(1_000)
    .map((nth) => [`id ${nth}`, (ids) => ({ from: 'cursor', cursor: ids[nth % ids.length] as string })]),
  strange: fc
    .constantFrom('999-0', '1-999', '2-999', '0-1', '0-0', 'x', '1', '-')
    .map((cursor) => [cursor, () => ({ from: 'cursor', cursor })]),
};

const channelNames = ['a', 'b', 'c'];
const opens: Acts = fc
  .tuple(
    fc.subarray(channelNames, { minLength: 1 }),
    fc.oneof(...Object.values(wishes)),
    fc.constantFrom(1, 100, 65_536),
  )
  .map(([channels, [name, wish], buffer]) =>
    named(`open ${channels} from ${name} (${buffer})`, (world) =>
      world.open(channels, wish(world.bus.log.ever.map(({ id }) => id)), buffer),
    ),
  );

const life: readonly Acts[] = [
  opens,
  opens,
  step('publish', 6, (world, number) => world.change(() => world.bus.log.publish(number))),
  step('publish', 6, (world, number) => world.change(() => world.bus.log.publish(number))),
  step('fail', 2, ({ bus }, number) => {
    bus.failures += number;
  }),
  step('beat', 1, (world) => world.beat()),
  step('turn', 1, (world) => world.turn()),
];
const trims = [
  step('trim', 6, (world, keep) => world.change(() => world.bus.log.trim(keep))),
  step('trim to bytes', 300, (world, bytes) => world.change(() => world.bus.log.trimBytes(bytes))),
];
const losses = [
  step('lose', 1, (world) => world.change(() => world.bus.log.lose(0))),
  step('restart without', 6, (world, lost) => world.change(() => world.bus.log.restart(lost - 1, 0))),
  step('restart back', 6, (world, lost) => world.change(() => world.bus.log.restart(lost - 1, lost))),
];

const sizes = fc.record({
  ringEntries: fc.integer({ min: 1, max: 12 }),
  pageEntries: fc.integer({ min: 2, max: 6 }),
  logEntries: fc.nat(12),
});

/** Which channels each message goes to, in turn. */
const routes = fc.array(fc.subarray(channelNames, { minLength: 1 }), { minLength: 1, maxLength: 6 });

type Check = (served: Served, carried: Carried, world: ReplayWorld) => void;

async function resume(kinds: readonly Acts[], check: Check, weight = 1, numRuns = 1_000): Promise<void> {
  const stories = fc.array(fc.oneof(...kinds), { maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), sizes, routes, stories, async (scheduler, sized, targets, story) => {
      let sent = 0;
      const channels = () => targets[sent++ % targets.length] as string[];
      const world = new ReplayWorld(scheduler, { ...sized, weight, channels });
      for (const act of story) {
        await act(world);
        // Some of what is under way happens before the next step.
        if (scheduler.count() > 0) await scheduler.waitNext(1);
      }
      await world.settle();
      for (const served of world.served) {
        const carried = checkCarried(world.bus.log, served.stream.channels, served.blocks());
        checkStart(served, carried, world);
        check(served, carried, world);
      }
    }),
    { numRuns },
  );
}

function checkStart(served: Served, { opened, resets }: Carried, { bus, starts }: ReplayWorld): void {
  const { start, cameAt, stream } = served;
  const { log } = bus;
  if (start.from === 'now') expect(opened).toEqual({ id: cameAt, resumed: false });
  if (start.from === 'earliest') expect(starts).toContain(opened.id);
  if (start.from === 'last') {
    // Where the log was trimmed past that, it begins with the oldest, after where it came: nothing was promised to it before.
    const given = count(log, stream.channels, opened.id, cameAt) ?? (log.trims > 0 ? 0 : undefined);
    // Where the log was lost meanwhile, it may be the last of another log.
    if (log.losses === 0) expect(given).toBeLessThanOrEqual(start.count);
    if (given !== start.count && log.trims + log.losses === 0) expect(starts).toContain(opened.id);
  }
  const known = start.from !== 'cursor' || log.ever.some(({ id }) => id === start.cursor);
  expect(resets.length, 'one reset for each cause').toBeLessThanOrEqual(log.trims + log.losses + (known ? 0 : 1));
  for (const { id, reason } of resets) if (reason === 'trimmed') expect(starts, 'on with the oldest').toContain(id);
  if (start.from !== 'cursor') return;
  // Cut off before the reset, a client must come back to before the gap.
  expect(opened.id).toBe(parseId(start.cursor) ?? 'unknown');
  if (!opened.resumed) expect(resets[0]).toMatchObject({ requested: start.cursor });
  if (opened.resumed) expect(known).toBe(true);
}

test('R2, S2, S5, S7: a stream carries what follows its start, once and in order, and heartbeats never run ahead', async () => {
  await resume(life, ({ start }, { resets }, { bus }) => {
    const unknown = start.from === 'cursor' && bus.log.ever.every(({ id }) => id !== start.cursor);
    expect(resets).toHaveLength(unknown ? 1 : 0);
  });
});

test('S5, R2: a heartbeat amid large messages tells what has been written, not what is to come', async () => {
  await resume(life, () => undefined, 1_000, 200);
});

test('R3: what was trimmed meanwhile is one reset', async () => {
  await resume([...life, ...trims], ({ start }, { resets }) => {
    const reasons = resets.slice(start.from === 'cursor' ? 1 : 0).map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason !== 'trimmed')).toEqual([]);
  });
});

test('R3: what was lost meanwhile is one reset', async () => {
  await resume([...life, ...losses], () => undefined);
});

test('R3: trimmed and lost together', async () => {
  await resume([...life, ...trims, ...losses], () => undefined);
});
