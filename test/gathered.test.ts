// A log line for what may happen in thousands.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Counts, Gathered } from '../src/gathered.ts';

let said: Counts[];
let gathered: Gathered;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  gathered = new Gathered((counts) => said.push(counts));
});

afterEach(() => {
  gathered.stop();
  vi.useRealTimers();
});

test('Log: the first is said at once, and what follows together', () => {
  gathered.add('a');
  expect(said).toEqual([{ a: 1 }]);
  for (let count = 0; count < 1_000; count += 1) gathered.add('a');
  gathered.add('b', 5);
  expect(said).toHaveLength(1);
  vi.advanceTimersByTime(10_000);
  expect(said.slice(1)).toEqual([{ a: 1_000, b: 5 }]);
});

test('Log: while it goes on there is a line in ten seconds, and after a pause one at once again', () => {
  for (let second = 0; second < 60; second += 1) {
    gathered.add('a');
    vi.advanceTimersByTime(1_000);
  }
  expect(said.length).toBeGreaterThanOrEqual(6);
  expect(said.length).toBeLessThanOrEqual(7);
  vi.advanceTimersByTime(20_000);
  expect(said.reduce((sum, { a = 0 }) => sum + a, 0)).toBe(60);
  const before = said.length;
  gathered.add('a');
  expect(said).toHaveLength(before + 1);
});

test('Log: what has not been said is said at the end, and no timer stays', () => {
  gathered.add('a');
  gathered.add('a');
  gathered.stop();
  expect(said).toEqual([{ a: 1 }, { a: 1 }]);
  expect(vi.getTimerCount()).toBe(0);
});
