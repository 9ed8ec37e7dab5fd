// R5, of every bus: how much the log keeps, and how much it does not exceed.

import { describe, expect, test } from 'vitest';
import type { Bus } from '../src/bus/bus.ts';
import { continueFrom } from '../src/bus/continuity.ts';
import type { Entry, Id } from '../src/entry.ts';
import type { HistoryBounds } from './bus.suite.ts';
import { publication, publishOne, startReady, textOf, wholeLog } from './support/buses.ts';

const MANY = 10_000_000;

/** @param create a bus over a log of its own that is empty, not started */
export function trimSuite(create: (bounds: HistoryBounds) => Bus): void {
  async function open(historySize: number, historyBytes: number): Promise<Bus> {
    const bus = create({ historySize, historyBytes });
    await startReady(bus);
    return bus;
  }

  async function fill(bus: Bus, count: number, text = (index: number) => `${index}`): Promise<readonly Id[]> {
    const ids: Id[] = [];
    for (let index = 0; index < count; index += 1) ids.push(await publishOne(bus, text(index)));
    return ids;
  }

  describe('trimming', () => {
    test('R5: the last HISTORY_SIZE messages can be resumed, and no more are kept', async () => {
      const bus = await open(10, MANY);
      const ids = await fill(bus, 30);
      expect(await wholeLog(bus)).toHaveLength(10);
      const position = ids[19] as Id;
      expect(continueFrom(position, await bus.read(position, 100))).toMatchObject({
        position,
        entries: { length: 10 },
      });
      expect(continueFrom(position, await bus.read(position, 100)).reason).toBeUndefined();
    });

    test('R3: a position before them shows as trimmed, and the oldest comes next', async () => {
      const bus = await open(10, MANY);
      const ids = await fill(bus, 30);
      const position = ids[15] as Id;
      const continuation = continueFrom(position, await bus.read(position, 100));
      expect(continuation).toMatchObject({ reason: 'trimmed', position: ids[19], entries: { length: 10 } });
    });

    test('R5: a batch of more than HISTORY_SIZE is appended whole, and trimmed by the next', async () => {
      const bus = await open(10, MANY);
      await fill(bus, 5);
      const { ids } = await bus.publish(Array.from({ length: 30 }, (_, index) => publication(`b${index}`)));
      expect(ids).toHaveLength(30);
      const last = await publishOne(bus, 'last');
      expect((await wholeLog(bus)).map(({ id }) => id)).toEqual([...ids.slice(-9), last]);
    });

    test('R5: HISTORY_BYTES bounds the log, and most of it can be resumed', async () => {
      const bus = await open(10_000, 100_000);
      await fill(bus, 300, () => 'x'.repeat(1_000));
      const bytes = (await wholeLog(bus)).reduce(
        (sum, entry) => sum + (entry.kind === 'message' ? entry.block.length : 0),
        0,
      );
      expect(bytes).toBeLessThanOrEqual(100_000);
      expect(bytes).toBeGreaterThan(75_000);
    });

    test('R5: a message larger than HISTORY_BYTES leaves nothing but itself and the newest before', async () => {
      const bus = await open(10_000, 10_000);
      const ids = await fill(bus, 5);
      const large = await publishOne(bus, 'x'.repeat(50_000));
      const kept = (await wholeLog(bus)).map(({ id }) => id);
      expect(kept.at(-1)).toBe(large);
      expect(kept.length).toBeLessThanOrEqual(2);
      expect([...ids, large].slice(-kept.length)).toEqual(kept);
    });

    test('R5: what is left is linked, whatever sizes were mixed', async () => {
      const bus = await open(50, 20_000);
      const ids = await fill(bus, 200, (index) => `${index}-${'x'.repeat((index * 37) % 900)}`);
      const log = await wholeLog(bus);
      const texts = log.map((entry) => (entry.kind === 'message' ? textOf(entry).split('-')[0] : 'break'));
      expect(texts).toEqual(Array.from({ length: log.length }, (_, index) => `${200 - log.length + index}`));
      expect(log.map(({ prev }) => prev)).toEqual(ids.slice(-log.length - 1, -1));
    });

    test('R5: a replica’s ring holds an unbroken end of the log', async () => {
      const bus = await open(20, MANY);
      await fill(bus, 50);
      const ring = Array.from({ length: bus.ring.size }, (_, index) => bus.ring.at(bus.ring.end - 1 - index) as Entry);
      const links = ring.slice(0, -1).map(({ prev }) => prev);
      expect(links).toEqual(ring.slice(1).map(({ id }) => id));
    });
  });
}
