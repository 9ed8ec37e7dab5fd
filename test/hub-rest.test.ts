// Fan-out takes half of the time: what comes while the hub rests after one waits, leaves joined, and is never left behind.
// The clock is the tests': it stands still but for what a write takes and what they let pass.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Id } from '../src/entry.ts';
import type { Stream } from '../src/stream.ts';
import { Streams } from '../src/streams.ts';
import { message } from './support/entries.ts';
import { type StreamPair, streamPair } from './support/stream-pair.ts';
import { createHub, join, type TestedHub } from './support/tested-hub.ts';

const WRITE_MS = 5;

let clockMs: number;

beforeEach(() => {
  clockMs = 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => clockMs);
  vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'setInterval', 'clearInterval'] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function pass(ms: number): void {
  clockMs += ms;
  vi.advanceTimersByTime(ms);
}

/** The writes to a stream from now on, by the ids in each; every one takes its time. */
function writesTo({ stream }: StreamPair, writeMs = WRITE_MS): readonly (readonly string[])[] {
  const writes: string[][] = [];
  const write = stream.write.bind(stream);
  vi.spyOn(stream, 'write').mockImplementation((blocks, now) => {
    clockMs += writeMs;
    writes.push([...blocks.toString().matchAll(/^id: (.*)$/gm)].map(([, id]) => id as string));
    write(blocks, now);
  });
  return writes;
}

interface Resting extends TestedHub {
  readonly stream: Stream;
  readonly writes: readonly (readonly string[])[];
}

/** A hub that has just written `1-0` to its stream, and rests. */
async function resting(): Promise<Resting> {
  const tested = createHub();
  const pair = await join(tested, 'messages');
  const writes = writesTo(pair);
  tested.append(message('1-0', '0-0'));
  pass(0);
  expect(writes).toEqual([['1-0']]);
  return { ...tested, stream: pair.stream, writes };
}

test('S6: a message that comes alone leaves when its turn ends, and so does the next one after the rest', async () => {
  const tested = createHub();
  const writes = writesTo(await join(tested, 'messages'));
  for (const number of [1, 2, 3]) {
    tested.append(message(`${number}-0`, `${number - 1}-0`));
    expect(writes).toHaveLength(number - 1);
    pass(0);
    expect(writes).toHaveLength(number);
    pass(WRITE_MS);
  }
  expect(writes).toEqual([['1-0'], ['2-0'], ['3-0']]);
});

test('S6: messages that come while the hub rests leave in one write', async () => {
  const { append, writes, delivered } = await resting();
  append(message('2-0', '1-0'));
  pass(2);
  append(message('3-0', '2-0'));
  pass(2);
  append(message('4-0', '3-0'));
  expect(writes).toHaveLength(1);
  pass(1);
  expect(writes.slice(1)).toEqual([['2-0', '3-0', '4-0']]);
  expect(delivered.map(({ ids }) => ids)).toEqual([['1-0'], ['2-0', '3-0', '4-0']]);
});

test('S6: the rest is as long as the fan-out took, over all streams', async () => {
  const tested = createHub();
  const all = [await join(tested, 'messages'), await join(tested, 'messages'), await join(tested, 'messages', 'other')];
  const [first] = all.map((pair) => writesTo(pair));
  tested.append(message('1-0', '0-0'));
  pass(0);
  tested.append(message('2-0', '1-0'));
  pass(3 * WRITE_MS - 1);
  expect(first).toEqual([['1-0']]);
  pass(1);
  expect(first).toEqual([['1-0'], ['2-0']]);
});

test('S6: nobody rests for a message that nobody listens to', async () => {
  const tested = createHub();
  await join(tested, 'messages');
  tested.append(message('1-0', '0-0', ['elsewhere']));
  expect(vi.getTimerCount()).toBe(0);
});

const close = (hub: TestedHub['hub'], stream: Stream) => {
  const options = { heartbeatMs: 1, retryMs: 1, maxAgeMs: 1, slowClientMs: 1, slowClientBytes: 1 };
  const streams = new Streams(options, hub, { ended: () => undefined, swept: () => undefined });
  streams.close(stream, 'kicked');
  streams.stop();
};

test('R2: a stream that joins while messages wait does not get them, and they leave at once', async () => {
  const { hub, append, writes } = await resting();
  append(message('2-0', '1-0'));
  const late = await streamPair(['messages']);
  const lateWrites = writesTo(late);
  hub.join(late.stream);
  expect(writes).toEqual([['1-0'], ['2-0']]);
  pass(100);
  expect([writes.length, lateWrites]).toEqual([2, []]);
});

test.each<[what: string, act: (resting: Resting) => void, after: readonly string[]]>([
  ['R8: a notice that the stream is closed', ({ hub, stream }) => close(hub, stream), []],
  ['R3: a reset after a gap', ({ hub }) => hub.gap('lost', '9-0' as Id), ['9-0']],
  ['S5: what is written after a flush, as a heartbeat is,', ({ hub }) => expect(hub.flush()).toBe('3-0'), []],
])('%s comes behind what waits, and that comes once', async (_what, act, after) => {
  const tested = await resting();
  tested.append(message('2-0', '1-0'), message('3-0', '2-0'));
  act(tested);
  const written = tested.writes.flat();
  expect(written).toEqual(['1-0', '2-0', '3-0', ...after]);
  expect(tested.writes[1]).toEqual(['2-0', '3-0']);
  pass(100);
  expect(tested.writes.flat()).toEqual(written);
  expect(vi.getTimerCount()).toBe(0);
});

test('S6: a process that was frozen during a fan-out does not rest for as long as that', async () => {
  const tested = createHub();
  const writes = writesTo(await join(tested, 'messages'), 60_000);
  tested.append(message('1-0', '0-0'));
  pass(0);
  tested.append(message('2-0', '1-0'));
  pass(100);
  expect(writes).toEqual([['1-0'], ['2-0']]);
});
