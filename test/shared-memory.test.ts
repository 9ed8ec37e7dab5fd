// What one process shares with itself.

import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { LocalRates } from '../src/limits/rates.ts';
import { MemoryShared } from '../src/shared/memory.ts';
import type { Kick } from '../src/shared/shared.ts';
import { member, sharedSuite } from './shared.suite.ts';

describe('shared in memory', () => {
  sharedSuite(async () => {
    const shared = new MemoryShared();
    const kicks: Kick[] = [];
    shared.start(member('one', kicks));
    onTestFinished(() => shared.close());
    return [
      { shared, kicks },
      { shared, kicks },
    ];
  });
});

test('A6: a kick while the clock was ahead puts out nobody who is kicked later', async () => {
  onTestFinished(() => void vi.useRealTimers());
  const now = Date.UTC(2030, 0, 1);
  const shared = new MemoryShared();
  const kicks: Kick[] = [];
  shared.start(member('one', kicks));
  vi.setSystemTime(now + 3_600_000);
  await shared.kick('early');
  vi.setSystemTime(now);
  await shared.kick('eve');
  expect(kicks.at(-1)).toEqual({ subject: 'eve', at: now });
});

test('L3: rates that have recovered are forgotten, and those that have not are kept', () => {
  const rates = new LocalRates();
  const take = (key: string, now: number) => rates.take([{ key, perSecond: 1 }], 1, now);
  expect(take('busy', 10_000)).toBeUndefined();
  for (let index = 0; index < 30_000; index += 1) expect(take(`once-${index}`, 0)).toBeUndefined();
  expect(take('busy', 10_500)).toEqual({ key: 'busy', waitMs: 500 });
  expect(take('busy', 11_000)).toBeUndefined();
});
