// Why a publish failed, as the log counts it.

import { expect, test } from 'vitest';
import { BusFull, BusUnavailable } from '../src/bus/bus.ts';
import { failureOf } from '../src/failure.ts';

test.each([
  [new BusUnavailable('Redis cannot be reached'), 'Redis cannot be reached'],
  [new BusUnavailable('Command timed out'), 'Command timed out'],
  [new BusUnavailable('MISCONF Redis is configured to save RDB snapshots, but …'), 'MISCONF'],
  [new BusFull("OOM command not allowed when used memory > 'maxmemory'."), 'OOM'],
  [new BusUnavailable('a secret message', { cause: new RangeError() }), 'RangeError'],
  [new BusUnavailable('SECRET-WORD of a message'), 'BusUnavailable'],
  [new BusUnavailable(`${'A'.repeat(1_000)} of a message`), 'BusUnavailable'],
  [new TypeError('x is undefined'), 'TypeError'],
  ['thrown', 'unknown'],
])('Log: %j failed for a reason that says nothing of what was sent', (error, reason) => {
  expect(failureOf(error)).toBe(reason);
});
