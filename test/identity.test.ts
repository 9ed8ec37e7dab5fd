// What a token's claims make of somebody: pure, so that what takes a month to happen can be asked for.

import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { CLOCK_SKEW_MS, identityOf } from '../src/access/identity.ts';
import { Kicks } from '../src/access/kicks.ts';
import { covers } from '../src/access/patterns.ts';

const DAY_MS = 86_400_000;
const MONTH_MS = 31 * DAY_MS;
const NOW = Date.UTC(2030, 0, 1);

const claims = (issuedAt: number, expiresAt: number) => ({
  sub: 'ann',
  iat: issuedAt / 1_000,
  exp: expiresAt / 1_000,
});

afterEach(() => void vi.useRealTimers());

test('A6: a token that outlives the memory of a kick is refused also when most of its life is over', () => {
  const long = claims(NOW, NOW + 2 * MONTH_MS);
  for (const now of [NOW, NOW + MONTH_MS, NOW + 2 * MONTH_MS - DAY_MS])
    expect(() => identityOf(long, MONTH_MS, now)).toThrow('more than 2678400 s away');
  const short = claims(NOW, NOW + MONTH_MS);
  expect(identityOf(short, MONTH_MS, NOW + DAY_MS)).toMatchObject({ subject: 'ann', expiresAt: NOW + MONTH_MS });
});

test('A6: a token of a clock that is a little ahead is taken, and one that no kick would reach is refused', () => {
  const issued = (ahead: number) => claims(NOW + ahead, NOW + DAY_MS);
  expect(identityOf(issued(CLOCK_SKEW_MS), MONTH_MS, NOW).issuedAt).toBe(NOW + CLOCK_SKEW_MS);
  for (const iat of [(NOW + CLOCK_SKEW_MS + 1) / 1_000, NOW, Number.POSITIVE_INFINITY])
    expect(() => identityOf({ ...issued(0), iat }, MONTH_MS, NOW)).toThrow('"iat" is in the future');
});

test('A6: whatever is taken before a kick is refused after it, however far ahead its clock was', () => {
  fc.assert(
    fc.property(fc.integer({ min: -DAY_MS, max: CLOCK_SKEW_MS }), fc.nat(10_000), (ahead, laterMs) => {
      vi.setSystemTime(NOW);
      const { issuedAt } = identityOf(claims(NOW + ahead, NOW + 2 * DAY_MS), MONTH_MS, NOW);
      const kicks = new Kicks(MONTH_MS);
      kicks.learn({ subject: 'ann', at: NOW + laterMs });
      expect(kicks.refuses({ subject: 'ann', issuedAt })).toBe(true);
    }),
  );
});

test('A6: what is issued a little after a kick is taken, and what was issued at a time that has not come is not', () => {
  vi.setSystemTime(NOW + 60_000);
  const kicks = new Kicks(MONTH_MS);
  kicks.learn({ subject: 'ann', at: NOW });
  const refused = (issuedAt: number) => kicks.refuses({ subject: 'ann', issuedAt });
  expect([CLOCK_SKEW_MS, CLOCK_SKEW_MS + 1, 60_000].map((after) => refused(NOW + after))).toEqual([true, false, false]);
  // As of a stream whose token was minted while all clocks were ahead.
  expect(refused(NOW + DAY_MS)).toBe(true);
  expect(kicks.refuses({ subject: 'ben', issuedAt: NOW + DAY_MS })).toBe(false);
});

test('A6: a kick of a bus whose clock was ahead shuts out no longer than one of now, and is learned once', () => {
  vi.setSystemTime(NOW);
  const kicks = new Kicks(MONTH_MS);
  const ahead = { subject: 'ann', at: NOW + DAY_MS };
  expect(kicks.learn(ahead)).toBe(true);
  vi.setSystemTime(NOW + 60_000);
  expect(kicks.learn(ahead)).toBe(false);
  expect(kicks.refuses({ subject: 'ann', issuedAt: NOW })).toBe(true);
  expect(kicks.refuses({ subject: 'ann', issuedAt: NOW + 60_000 })).toBe(false);
});

test('A6: kicks that no token can be as old as are forgotten, and no other', () => {
  vi.setSystemTime(NOW);
  const kicks = new Kicks(MONTH_MS);
  for (let index = 0; index < 5_000; index += 1) kicks.learn({ subject: `old-${index}`, at: NOW - MONTH_MS - 1 });
  kicks.learn({ subject: 'ann', at: NOW - MONTH_MS });
  expect(kicks.all()).toEqual([{ subject: 'ann', at: NOW - MONTH_MS }]);
  vi.setSystemTime(NOW + 1);
  expect(kicks.all()).toEqual([]);
});

test('A2: a pattern stands for what begins as it does, and for nothing else', () => {
  const name = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(name, name, (start, more) => {
      expect(covers([`${start}*`], start + more)).toBe(true);
      expect(covers([start], start + more)).toBe(more === '' || start.endsWith('*'));
    }),
  );
  expect(covers(['a*c', 'b'], 'abc')).toBe(false);
  expect(covers(['*'], '')).toBe(true);
  expect(covers([], '')).toBe(false);
});

test('A2: many patterns cover what one of them stands for', () => {
  // Few characters, so that names and beginnings meet.
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '*', '\ud83c\udfba', '\uffff'), maxLength: 4 });
  const stands = (pattern: string, name: string) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          part,
          part.map((text) => `${text}*`),
        ),
      ),
      fc.array(part),
      (patterns, names) => {
        for (const name of names)
          expect(covers(patterns, name)).toBe(patterns.some((pattern) => stands(pattern, name)));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('A2: patterns are looked through once, however many names are asked for', () => {
  let looks = 0;
  const patterns = new Proxy(
    Array.from({ length: 3_000 }, (_, index) => (index % 2 === 0 ? `${index}` : `${index}-*`)),
    {
      get(target, key) {
        looks += 1;
        return Reflect.get(target, key) as unknown;
      },
    },
  );
  for (let index = 0; index < 16_000; index += 1) {
    expect(covers(patterns, `${index % 3_000}-${index}`)).toBe(index % 2 === 1);
  }
  expect(looks).toBeLessThan(4 * 3_000);
});
