// Ids: which texts can be one, and in which order they stand in the log.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BEFORE_ALL, compareIds, type Id, idTime, parseId } from '../src/entry.ts';

const number = fc.oneof(
  fc.nat(3),
  fc.maxSafeNat().map((value) => value % 1e15),
);
const id = fc.tuple(number, number).map(([time, sequence]) => `${time}-${sequence}` as Id);

function compareExactly(a: Id, b: Id): number {
  const [first, second] = [a, b].map((each) => each.split('-').map(BigInt) as [bigint, bigint]) as [
    [bigint, bigint],
    [bigint, bigint],
  ];
  const difference = first[0] - second[0] || first[1] - second[1];
  return difference < 0n ? -1 : Number(difference > 0n);
}

describe('parsing', () => {
  test.each(['0-0', '1764000000000-3', '1764000000000-140737488355328', '999999999999999-999999999999999'])(
    '%s is an id',
    (text) => {
      expect(parseId(text)).toBe(text);
    },
  );

  const others = [
    '',
    '1',
    '1-',
    '-1',
    '1-2-3',
    '01-2',
    '1-02',
    '1-2 ',
    ' 1-2',
    '1-2\n',
    '1.0-2',
    '+1-2',
    '1e3-2',
    '٣-1',
  ];
  test.each([...others, '1000000000000000-0', '0-1000000000000000', 'earliest', '$', '+', '-', '*'])(
    'R3: %j is none',
    (text) => {
      expect(parseId(text)).toBeUndefined();
    },
  );

  test('every id spells itself', () => {
    fc.assert(fc.property(id, (each) => parseId(each) === each));
  });
});

describe('order', () => {
  test('R1: ids compare as numbers, exactly', () => {
    fc.assert(
      fc.property(id, id, (a, b) => {
        expect(Math.sign(compareIds(a, b))).toBe(compareExactly(a, b));
      }),
    );
  });

  test('R1: the sequence counts only within a millisecond, and not as text', () => {
    expect(compareIds('2-0' as Id, '1-9' as Id)).toBeGreaterThan(0);
    expect(compareIds('1-10' as Id, '1-9' as Id)).toBeGreaterThan(0);
    expect(compareIds('1-9' as Id, '1-9' as Id)).toBe(0);
  });

  test('nothing comes before BEFORE_ALL', () => {
    fc.assert(fc.property(id, (each) => compareIds(BEFORE_ALL, each) <= 0));
  });
});

test('an id tells its time', () => {
  expect(idTime('1764000000000-140737488355328' as Id)).toBe(1_764_000_000_000);
});
