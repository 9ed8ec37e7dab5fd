// The contract of a bus, clause by clause. Every implementation passes it.

import { describe, expect, test } from 'vitest';
import { type Bus, type IdempotencyKey, KeyConflict } from '../src/bus/bus.ts';
import { BEFORE_ALL, compareIds, type Entry, type Id } from '../src/entry.ts';
import { messagesOf, publication, publishOne, startReady, type Told, textOf, wholeLog } from './support/buses.ts';
import { until } from './support/until.ts';

export interface HistoryBounds {
  readonly historySize: number;
  readonly historyBytes: number;
}

const LARGE = { historySize: 10_000, historyBytes: 10_000_000 };

/** @param create a bus over a log of its own that is empty, not started */
export function busSuite(create: (bounds: HistoryBounds) => Bus): void {
  async function open(bounds: HistoryBounds = LARGE): Promise<{ bus: Bus; told: Told }> {
    const bus = create(bounds);
    return { bus, told: await startReady(bus) };
  }

  describe('publishing', () => {
    test('P3: a publish resolves once the message is in the log', async () => {
      const { bus } = await open();
      const id = await publishOne(bus, 'hello');
      const { entries, tip } = await bus.read(id, 1);
      expect(entries).toMatchObject([{ kind: 'message', id, channels: ['messages'] }]);
      expect(tip).toBe(id);
    });

    test('S3: the block that comes back is what was sent, under the log’s id', async () => {
      const { bus, told } = await open();
      const channels = ['a', 'b c', '日本'];
      const { ids } = await bus.publish([publication('x\r\n\0\n', channels)]);
      await until('the message is told', () => messagesOf(told).length === 1);
      const block = Buffer.from(`id: ${ids[0]}\ndata: x\ndata: \0\ndata: \n\n`);
      expect(messagesOf(told)).toEqual([expect.objectContaining({ channels, block })]);
      expect(await wholeLog(bus)).toMatchObject([{ kind: 'break' }, { channels, block }]);
    });

    test('Trace: the origin of a publish is kept with each of its messages', async () => {
      const { bus, told } = await open();
      await bus.publish([publication('a'), publication('b')], undefined, '00-trace request');
      await publishOne(bus, 'c');
      await until('all are told', () => messagesOf(told).length === 3);
      const origins = ['00-trace request', '00-trace request', ''];
      expect(messagesOf(told).map(({ origin }) => origin)).toEqual(origins);
      expect((await wholeLog(bus)).slice(1)).toMatchObject(origins.map((origin) => ({ origin })));
    });

    test('R1: everything published is told once, in the log’s order, linked entry to entry', async () => {
      const { bus, told } = await open();
      const before = bus.ring.position;
      const texts = Array.from({ length: 100 }, (_, index) => `${index}`);
      const published = await Promise.all(texts.map((text) => publishOne(bus, text)));
      await until('all are told', () => told.entries.length >= 100);
      expect(told.entries).toEqual((await wholeLog(bus)).slice(1));
      expect(messagesOf(told).map(textOf).sort()).toEqual([...texts].sort());
      expect(told.entries.map(({ id }) => id)).toEqual(published.toSorted(compareIds));
      expect(new Set(published).size).toBe(100);
      expect(told.entries.map(({ prev }) => prev)).toEqual([before, ...told.entries.map(({ id }) => id)].slice(0, -1));
    });

    test('S2: the ring is up to date before the listener is told', async () => {
      const { bus, told } = await open();
      for (const text of ['a', 'b', 'c']) await publishOne(bus, text);
      await until('all are told', () => told.entries.length === 3);
      expect(told.positions).toEqual(told.entries.map(({ id }) => id));
      expect(bus.ring.newest).toEqual(told.entries.at(-1));
    });

    test('P2: a batch is appended in order, with nothing in between', async () => {
      const { bus, told } = await open();
      const names = ['a', 'b', 'c', 'd', 'e'];
      const batches = names.map((name) => Array.from({ length: 50 }, (_, index) => publication(`${name}${index}`)));
      const published = await Promise.all(batches.map((batch) => bus.publish(batch)));
      await until('all are told', () => told.entries.length === 250);
      for (const [index, { ids }] of published.entries()) {
        const first = told.entries.findIndex(({ id }) => id === ids[0]);
        const batch = messagesOf(told).slice(first, first + 50);
        expect(batch.map(({ id }) => id)).toEqual(ids);
        expect(batch.map(textOf)).toEqual(Array.from({ length: 50 }, (_, each) => `${names[index]}${each}`));
      }
    });

    test('nothing is told after close', async () => {
      const { bus, told } = await open();
      await bus.close();
      await publishOne(bus, 'x').catch(() => undefined);
      expect(told.entries).toEqual([]);
    });
  });

  describe('idempotency', () => {
    const key = (digest: string, ttlMs = 60_000): IdempotencyKey => ({ name: 'client:k', digest, ttlMs });

    test('P4: the same key and body again: the first answer, and nothing is added', async () => {
      const { bus } = await open();
      const batch = ['a', 'b', 'c'].map((text) => publication(text));
      const first = await bus.publish(batch, key('same'));
      await publishOne(bus, 'between');
      const again = await bus.publish(batch, key('same'));
      expect(first.repeated).toBe(false);
      expect(again).toEqual({ ids: first.ids, repeated: true });
      expect(await wholeLog(bus)).toHaveLength(5);
    });

    test('P4: the same key with another body is refused, and nothing is added', async () => {
      const { bus } = await open();
      await bus.publish([publication('a')], key('one'));
      await expect(bus.publish([publication('b')], key('other'))).rejects.toThrow(KeyConflict);
      expect(await wholeLog(bus)).toHaveLength(2);
    });

    test('P4: of many at once one is added', async () => {
      const { bus, told } = await open();
      const attempts = Array.from({ length: 10 }, () => bus.publish([publication('a')], key('same')));
      const answers = await Promise.all(attempts);
      expect(new Set(answers.map(({ ids }) => ids.join())).size).toBe(1);
      expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
      await publishOne(bus, 'last');
      await until('the last is told', () => messagesOf(told).map(textOf).includes('last'));
      expect(messagesOf(told).map(textOf)).toEqual(['a', 'last']);
    });

    test('P4: keys do not meet, and none at all repeats nothing', async () => {
      const { bus } = await open();
      await bus.publish([publication('a')], key('one'));
      await bus.publish([publication('a')], { ...key('one'), name: 'request:k' });
      await publishOne(bus, 'a');
      expect(await wholeLog(bus)).toHaveLength(4);
    });

    test('P4: a key is forgotten after its time', async () => {
      const { bus } = await open();
      const publish = (digest: string) => bus.publish([publication(digest)], key(digest, 1));
      await bus.publish([publication('kept')], { ...key('long'), name: 'client:long' });
      await publish('one');
      await until('the key is forgotten', () => publish('other').then(() => true, isConflict));
      expect(await wholeLog(bus)).toHaveLength(4);
    });
  });

  describe('reading', () => {
    async function filled(count: number): Promise<{ bus: Bus; ids: readonly Id[] }> {
      const { bus } = await open();
      const { ids } = await bus.publish(Array.from({ length: count }, (_, index) => publication(`${index}`)));
      return { bus, ids };
    }
    const idsOf = (entries: readonly Entry[]) => entries.map(({ id }) => id);

    test('R3: the log begins with a break, and no two logs with the same', async () => {
      const [first, second] = [(await open()).bus, (await open()).bus];
      const [[one], [other]] = [await wholeLog(first), await wholeLog(second)];
      expect(one).toMatchObject({ kind: 'break', prev: BEFORE_ALL });
      expect(first.ring.position).toBe(one?.id);
      expect(other?.id).not.toBe(one?.id);
    });

    test('R2: a read begins with the position itself and says what the log holds', async () => {
      const { bus, ids } = await filled(10);
      const [start] = await wholeLog(bus);
      const page = await bus.read(ids[3] as Id, 4);
      expect(idsOf(page.entries)).toEqual(ids.slice(3, 7));
      expect(page).toMatchObject({ oldest: start?.id, tip: ids[9], more: true });
    });

    test('R2: pages follow one another up to the tip', async () => {
      const { bus, ids } = await filled(10);
      const read: Id[] = [];
      for (let more = true; more; ) {
        const page = await bus.read(read.at(-1) ?? (ids[0] as Id), 4);
        read.push(...idsOf(page.entries).slice(Math.min(read.length, 1)));
        more = page.more;
      }
      expect(read).toEqual(ids);
    });

    test('a page that reaches the tip says so, also where it is full', async () => {
      const { bus, ids } = await filled(10);
      expect(await bus.read(ids[6] as Id, 4)).toMatchObject({ tip: ids[9], more: false });
      expect(await bus.read(ids[6] as Id, 3)).toMatchObject({ tip: ids[9], more: true });
      expect(await bus.read(ids[9] as Id, 1)).toMatchObject({ tip: ids[9], more: false });
    });

    test('R3: a position that is not in the log is not in the page', async () => {
      const { bus, ids } = await filled(3);
      const [time] = (ids[2] as string).split('-').map(Number) as [number];
      expect((await bus.read(`${time + 60_000}-0` as Id, 5)).entries).toEqual([]);
      expect(idsOf((await bus.read(BEFORE_ALL, 5)).entries).slice(1)).toEqual(ids);
    });

    test('S7: reading back begins with the position itself, newest first', async () => {
      const { bus, ids } = await filled(10);
      expect(idsOf(await bus.readBack(ids[5] as Id, 3))).toEqual([ids[5], ids[4], ids[3]]);
      expect(idsOf(await bus.readBack(ids[1] as Id, 100)).slice(0, 2)).toEqual([ids[1], ids[0]]);
      expect(await bus.readBack(ids[1] as Id, 100)).toHaveLength(3);
      expect(await bus.readBack(BEFORE_ALL, 100)).toEqual([]);
    });
  });
}

function isConflict(error: unknown): false {
  if (error instanceof KeyConflict) return false;
  throw error;
}
