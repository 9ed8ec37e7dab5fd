// The judge is judged: it accepts every good history, and finds what is bad in each history that was good but for it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check, type Seen, type Sent } from './checker.ts';
import { goodHistory, id, MUTATIONS, plan, withReset } from './histories.ts';
import { printedSeed } from './random.ts';

const RUNS = { numRuns: 300, seed: printedSeed() | 0 };

describe('the checker', () => {
  test('accepts every good history', () => {
    fc.assert(
      fc.property(plan, (plan) => {
        expect(check(goodHistory(plan))).toEqual([]);
      }),
      RUNS,
    );
  });

  test('R3: accepts what is missing where a reset says so', () => {
    fc.assert(
      fc.property(plan, fc.nat(1_000), (plan, at) => {
        const told = withReset(goodHistory(plan), at);
        fc.pre(told !== undefined);
        expect(check(told)).toEqual([]);
      }),
      RUNS,
    );
  });

  test('P4: accepts a message that is there again after the bus lost its keys', () => {
    const sent: Sent[] = [{ body: 'm', channels: ['a'], outcome: { status: 'acknowledged', id: id(3) } }];
    const seen: Seen[] = [
      { kind: 'open', id: id(0) },
      { kind: 'message', id: id(1), body: 'm' },
      { kind: 'reset', id: id(2), reason: 'lost' },
      { kind: 'message', id: id(3), body: 'm' },
    ];
    expect(check({ sent, subscribers: [{ name: 's', channels: ['a'], seen }] })).toEqual([]);
  });

  for (const [name, [mutate, ...faults]] of Object.entries(MUTATIONS)) {
    test(`rejects ${name}`, () => {
      fc.assert(
        fc.property(plan, fc.nat(1_000), (plan, at) => {
          const bad = mutate(goodHistory(plan), at);
          fc.pre(bad !== undefined);
          expect(check(bad).some(({ fault }) => faults.includes(fault))).toBe(true);
        }),
        RUNS,
      );
    });
  }
});
