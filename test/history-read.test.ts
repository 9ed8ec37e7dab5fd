// What a page of /history reads from the bus where memory does not have it: bounded, and nothing is passed over by it.

import { expect, test } from 'vitest';
import { type Bus, BusUnavailable } from '../src/bus/bus.ts';
import { MemoryBus } from '../src/bus/memory.ts';
import { BEFORE_ALL, type Entry, type Id } from '../src/entry.ts';
import { HistoryAsker, type HistoryPage, type HistoryQuery, readHistory } from '../src/history.ts';
import { LogReader } from '../src/log-reader.ts';
import { Ring } from '../src/ring.ts';
import { encodeBody } from '../src/sse.ts';

const BOUNDS = { entries: 100_000, bytes: 2 ** 30 };
const MOST_READ_BYTES = 4_194_304;
const PAGE_BYTES = 1_048_576;
const LARGE = encodeBody({ text: 'x'.repeat(65_000) });
const SMALL = encodeBody({ text: 'x' });

/** A bus of which memory holds nothing, and what was read of it. */
class FarLog {
  readonly bus: Bus;
  readonly reader: LogReader;
  reads = 0;
  readBytes = 0;
  /** Called when a read has begun. */
  onRead = () => {};
  readonly #log = new MemoryBus(BOUNDS);

  constructor() {
    const ring = new Ring(BOUNDS);
    this.bus = {
      ring,
      read: async (from: Id, limit: number) => {
        const page = await this.#log.read(from, limit);
        const entries = this.#firstOf(page.entries);
        return { ...page, entries, more: page.more || entries.length < page.entries.length };
      },
      readBack: async (from: Id, limit: number) => this.#firstOf(await this.#log.readBack(from, limit)),
    } as Bus;
    this.reader = new LogReader(this.bus);
  }

  page(query: Partial<HistoryQuery>, asker = new HistoryAsker(() => false)): Promise<HistoryPage | undefined> {
    const whole = { channels: ['rare'], after: undefined, limit: 100, reverse: false, ...query };
    return readHistory({ bus: this.bus, reader: this.reader, asker }, whole, ({ id }) => id);
  }

  async publish(channel: string, count: number, body: Buffer): Promise<readonly Id[]> {
    const { ids } = await this.#log.publish(Array.from({ length: count }, () => ({ channels: [channel], body })));
    this.bus.ring.restart(ids.at(-1) as Id);
    return ids;
  }

  /** As many as a page of Redis has. */
  #firstOf(entries: readonly Entry[]): readonly Entry[] {
    this.reads += 1;
    this.onRead();
    let bytes = 0;
    const end = entries.findIndex((entry) => {
      bytes += entry.kind === 'message' ? entry.block.length : 0;
      return bytes >= PAGE_BYTES;
    });
    this.readBytes += bytes;
    return end === -1 ? entries : entries.slice(0, end + 1);
  }
}

async function pages(log: FarLog, reverse: boolean): Promise<HistoryPage[]> {
  const all: HistoryPage[] = [];
  for (let after: string | null | undefined; after !== null; after = all.at(-1)?.next) {
    const before = log.readBytes;
    all.push((await log.page({ after, reverse })) as HistoryPage);
    expect(log.readBytes - before).toBeLessThanOrEqual(MOST_READ_BYTES + 2 * PAGE_BYTES);
  }
  return all;
}

test.each([
  ['on', false],
  ['back', true],
])('H2: looking %s for a rare channel, a page reads 4 MiB of the log and leads on', async (_direction, reverse) => {
  const log = new FarLog();
  const rare: Id[] = [];
  for (let round = 0; round < 3; round += 1) {
    rare.push(...(await log.publish('rare', 1, SMALL)));
    await log.publish('busy', 200, LARGE);
  }
  const all = await pages(log, reverse);
  expect(all.flatMap(({ messages }) => messages)).toEqual(reverse ? rare.toReversed() : rare);
  expect(all.length).toBeGreaterThan(9);
  expect(all.every(({ complete }) => complete)).toBe(true);
});

test('H2: pages that are asked for together share what is read', async () => {
  const log = new FarLog();
  await log.publish('busy', 100, LARGE);
  await log.page({});
  const alone = log.reads;
  const { length } = await Promise.all(Array.from({ length: 20 }, () => log.page({})));
  expect(length).toBe(20);
  expect(log.reads).toBe(2 * alone);
});

test('H2: for who has gone nothing more is read', async () => {
  const log = new FarLog();
  await log.publish('busy', 100, LARGE);
  let gone = false;
  log.onRead = () => {
    gone = true;
  };
  const asker = new HistoryAsker(() => gone);
  expect(await log.page({}, asker)).toBeUndefined();
  expect(await log.page({ reverse: true }, asker)).toBeUndefined();
  expect(log.reads).toBe(1);
});

test('H2: who asks while the bus is away is told so, and streams wait on', async () => {
  const log = new FarLog();
  await log.publish('busy', 1, SMALL);
  let away = true;
  log.onRead = () => {
    if (away) throw new BusUnavailable('away');
  };
  const patient = log.reader.page({ ended: false }, BEFORE_ALL);
  await expect(log.page({})).rejects.toThrow('away');
  await expect(log.page({ reverse: true, after: '1-0' })).rejects.toThrow('away');
  away = false;
  expect((await patient)?.entries).toHaveLength(2);
});
