// What a stream that catches up gets in one write, over runs of all kinds: the whole run, once and in order, in pieces
// that stay small.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry, MessageEntry } from '../src/entry.ts';
import { type Piece, takePiece } from '../src/piece.ts';
import { breakAt, chain, message } from './support/entries.ts';

const MOST_BYTES = 65_536;
const MOST_ENTRIES = 1_000;

const channelNames = ['a', 'b', 'c'];
const links = fc.oneof(
  { weight: 9, arbitrary: fc.record({ to: fc.subarray(channelNames, { minLength: 1 }), length: lengths() }) },
  { weight: 1, arbitrary: fc.constant('break' as const) },
);
const runs = fc
  .array(links, { minLength: 1, maxLength: 40 })
  .map((run) =>
    run.map((link, index) =>
      link === 'break'
        ? breakAt(`${index + 1}-0`, `${index}-0`)
        : message(`${index + 1}-0`, `${index}-0`, link.to, 'x'.repeat(link.length)),
    ),
  );

/** Small ones, some that soon fill a piece, and some that are larger than one. */
function lengths(): fc.Arbitrary<number> {
  return fc.oneof(fc.nat(200), fc.constantFrom(20_000, MOST_BYTES - 1, MOST_BYTES, 100_000));
}

interface Cut extends Piece {
  /** What it covers. */
  readonly run: readonly Entry[];
  /** What follows on it. */
  readonly next: Entry | undefined;
}

function cut(run: readonly Entry[], channels: readonly string[]): readonly Cut[] {
  const cuts: Cut[] = [];
  for (let index = 0; index < run.length; ) {
    const from = index;
    const piece = takePiece(
      (offset) => run[from + offset],
      ({ channels: to, block }) => (to.some((channel) => channels.includes(channel)) ? block : undefined),
    );
    expect(piece.entries, 'a piece goes on').toBeGreaterThan(0);
    index += piece.entries;
    cuts.push({ ...piece, run: run.slice(from, index), next: run[index] });
  }
  return cuts;
}

function heard(run: readonly Entry[], channels: readonly string[]): readonly Buffer[] {
  const messages = run.filter((entry): entry is MessageEntry => entry.kind === 'message');
  return messages.filter((entry) => channels.some((channel) => entry.channels.includes(channel))).map(blockOf);
}

const blockOf = ({ block }: MessageEntry) => block;
const listeners = fc.subarray(channelNames, { minLength: 1 });

test('R2: the pieces of a run cover every entry once and in order, with the blocks that are listened to', () => {
  fc.assert(
    fc.property(runs, listeners, (run, channels) => {
      const cuts = cut(run, channels);
      expect(cuts.flatMap((piece) => piece.run)).toEqual(run);
      for (const piece of cuts) {
        const blocks = heard(piece.run, channels);
        expect(piece.position).toBe(piece.run.at(-1)?.id);
        expect(piece.events).toBe(blocks.length);
        expect(piece.bytes.equals(Buffer.concat(blocks))).toBe(true);
      }
    }),
  );
});

test('R3: a break is a piece alone, and nothing else is one', () => {
  fc.assert(
    fc.property(runs, listeners, (run, channels) => {
      for (const { lost, run: covered } of cut(run, channels)) {
        const kinds = covered.map(({ kind }) => kind);
        if (lost) expect(kinds).toEqual(['break']);
        else expect(kinds).not.toContain('break');
      }
    }),
  );
});

test('R7: a piece is full before its last block at the earliest, and ends before a message only where it is full', () => {
  fc.assert(
    fc.property(runs, listeners, (run, channels) => {
      for (const { lost, bytes, run: covered, next } of cut(run, channels)) {
        const last = heard(covered, channels).at(-1)?.length ?? 0;
        if (last > 0) expect(bytes.length - last).toBeLessThan(MOST_BYTES);
        if (!lost && next?.kind === 'message') expect(bytes.length).toBeGreaterThanOrEqual(MOST_BYTES);
      }
    }),
  );
});

test.each([['messages'], ['elsewhere']])('S6: of many small messages a piece looks at a thousand, to %s', (channel) => {
  const run = chain(2 * MOST_ENTRIES + 500);
  const cuts = cut(run, [channel]);
  expect(cuts.map(({ entries }) => entries)).toEqual([MOST_ENTRIES, MOST_ENTRIES, 500]);
  expect(Buffer.concat(cuts.map(({ bytes }) => bytes))).toEqual(Buffer.concat(heard(run, [channel])));
});
