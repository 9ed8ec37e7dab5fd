// The plan of a drain: how many streams are to be closed at which moment.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closedBy } from '../src/drain.ts';

test.each([
  [0, 10_000, 0, 0],
  [0, 10_000, 100, 1],
  [5_000, 10_000, 100, 51],
  [9_999, 10_000, 100, 100],
  [10_000, 10_000, 100, 100],
  [99_000, 10_000, 100, 100],
  [0, 0, 100, 100],
  [0, 10_000, 1, 1],
])('R9: after %i of %i ms, of %i streams %i are to be closed', (elapsedMs, drainMs, total, closed) => {
  expect(closedBy(elapsedMs, drainMs, total)).toBe(closed);
});

test('R9: streams leave evenly: never fewer with time, never more than the share of the time and one', () => {
  const moments = fc.tuple(fc.integer({ min: 1, max: 60_000 }), fc.nat(50_000), fc.nat(120_000), fc.nat(5_000));
  fc.assert(
    fc.property(moments, ([drainMs, total, elapsedMs, laterMs]) => {
      const now = closedBy(elapsedMs, drainMs, total);
      expect(now).toBeLessThanOrEqual(closedBy(elapsedMs + laterMs, drainMs, total));
      expect(now).toBeLessThanOrEqual(Math.min(total, (elapsedMs / drainMs) * total + 1));
      expect(now).toBeGreaterThanOrEqual(Math.min(total, Math.floor((elapsedMs / drainMs) * total)));
    }),
  );
});
