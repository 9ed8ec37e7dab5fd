// What a token's claims make of somebody: pure, so that what takes a month to happen can be asked for.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { identityOf } from '../src/access/identity.ts';
import { covers } from '../src/access/patterns.ts';

const DAY_MS = 86_400_000;
const MONTH_MS = 31 * DAY_MS;
const NOW = Date.UTC(2030, 0, 1);

const claims = (issuedAt: number, expiresAt: number) => ({
  sub: 'ann',
  iat: issuedAt / 1_000,
  exp: expiresAt / 1_000,
});

test('A6: a token that outlives the memory of a kick is refused also when most of its life is over', () => {
  const long = claims(NOW, NOW + 2 * MONTH_MS);
  for (const now of [NOW, NOW + MONTH_MS, NOW + 2 * MONTH_MS - DAY_MS])
    expect(() => identityOf(long, MONTH_MS, now)).toThrow('more than 2678400 s away');
  const short = claims(NOW, NOW + MONTH_MS);
  expect(identityOf(short, MONTH_MS, NOW + DAY_MS)).toMatchObject({ subject: 'ann', expiresAt: NOW + MONTH_MS });
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
