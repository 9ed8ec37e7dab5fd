// Fan-out: which streams get an entry, once and in order, and how blocks of one turn are joined. Over real sockets.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinBlocks } from '../src/hub.ts';
import type { Stream } from '../src/stream.ts';
import { breakAt, chain, message } from './support/entries.ts';
import { type StreamPair, streamPair } from './support/stream-pair.ts';
import { createHub, join } from './support/tested-hub.ts';
import { until } from './support/until.ts';

/** The ids of the blocks that have arrived. */
function ids({ received }: StreamPair): readonly string[] {
  return [...received().matchAll(/^id: (.*)$/gm)].map(([, id]) => id as string);
}

describe('fan-out', () => {
  test('Metrics: live streams are counted, by channel and by who would get a message', async () => {
    const tested = createHub();
    const both = await join(tested, 'a', 'b');
    await join(tested, 'a', 'b');
    await join(tested, 'a');
    const { hub } = tested;
    expect([hub.channels, hub.subscriptions]).toEqual([2, 5]);
    expect([hub.listeners(['a', 'b']), hub.listeners(['b']), hub.listeners(['c'])]).toEqual([3, 2, 0]);
    hub.leave(both.stream);
    hub.leave(both.stream);
    expect([hub.channels, hub.subscriptions]).toEqual([2, 3]);
  });

  test('S6: a message to several of a stream’s channels is one event', async () => {
    const tested = createHub();
    const both = await join(tested, 'a', 'b');
    tested.append(message('1-0', '0-0', ['a', 'b']), message('2-0', '1-0', ['b', 'a']), message('3-0', '2-0', ['b']));
    await until('the last event', () => ids(both).includes('3-0'));
    expect(ids(both)).toEqual(['1-0', '2-0', '3-0']);
  });

  test('S6: every stream gets what its channels get and nothing else', async () => {
    const tested = createHub();
    const [a, b, ab, again] = await Promise.all(
      [['a'], ['b'], ['a', 'b'], ['a']].map((channels) => join(tested, ...channels)),
    );
    const sent: [string, string[]][] = [
      ['1-0', ['a']],
      ['2-0', ['b']],
      ['3-0', ['c']],
      ['4-0', ['a', 'c']],
      ['5-0', ['a', 'b']],
    ];
    for (const [id, channels] of sent) tested.append(message(id, '0-0', channels));
    const pairs = [a, b, ab, again] as StreamPair[];
    await until('the last event everywhere', () => pairs.every((pair) => ids(pair).includes('5-0')));
    expect(pairs.map(ids)).toEqual([
      ['1-0', '4-0', '5-0'],
      ['2-0', '5-0'],
      ['1-0', '2-0', '4-0', '5-0'],
      ['1-0', '4-0', '5-0'],
    ]);
    expect(tested.delivered).toMatchObject([{ ids: ['1-0', '2-0', '4-0', '5-0'], events: 3 + 2 + 4 + 3 }]);
  });

  test('S6: what a stream brought before it joined is for others', async () => {
    const tested = createHub();
    const early = await join(tested, 'messages');
    const late = await streamPair(['messages']);
    tested.append(message('1-0', '0-0'));
    tested.hub.join(late.stream);
    tested.append(message('2-0', '1-0'));
    await until('the second event everywhere', () => [early, late].every((pair) => ids(pair).includes('2-0')));
    expect([ids(early), ids(late)]).toEqual([['1-0', '2-0'], ['2-0']]);
  });

  test('R2: whoever has left gets nothing more, and its channels are forgotten with it', async () => {
    const tested = createHub();
    const [leaving, staying] = [await join(tested, 'a', 'b'), await join(tested, 'b')];
    expect([tested.hub.channels, tested.hub.has(leaving.stream)]).toEqual([2, true]);
    tested.hub.leave(leaving.stream);
    tested.hub.leave(leaving.stream);
    expect([tested.hub.channels, tested.hub.has(leaving.stream)]).toEqual([1, false]);
    tested.append(message('1-0', '0-0', ['a', 'b']));
    await until('the event', () => ids(staying).includes('1-0'));
    leaving.stream.write('id: last\n\n', 0);
    await until('what was written last', () => ids(leaving).includes('last'));
    expect(ids(leaving)).toEqual(['last']);
    tested.hub.leave(staying.stream);
    expect(tested.hub.channels).toBe(0);
  });
});

describe('loss', () => {
  test('R3: a break is one reset in its place, to streams of all channels', async () => {
    const tested = createHub();
    const pairs = [await join(tested, 'messages'), await join(tested, 'other')];
    tested.append(message('1-0', '0-0', ['messages', 'other']), breakAt('2-7', '1-0'));
    tested.append(message('3-0', '2-7', ['messages', 'other']));
    await until('the last event everywhere', () => pairs.every((pair) => ids(pair).includes('3-0')));
    for (const pair of pairs) {
      expect(ids(pair)).toEqual(['1-0', '2-7', '3-0']);
      expect(pair.received()).toContain('id: 2-7\nevent: fanfare:reset\ndata: {"reason":"lost","requested":null}\n\n');
    }
    expect(tested.resets).toEqual([['lost', 2]]);
  });

  test('S5: a flush brings live streams to the position it returns', async () => {
    const tested = createHub();
    const pair = await join(tested, 'messages');
    tested.append(...chain(3));
    expect(tested.hub.flush()).toBe('3-0');
    pair.stream.write('id: after\n\n', 0);
    await until('what was written after the flush', () => ids(pair).includes('after'));
    expect(ids(pair)).toEqual(['1-0', '2-0', '3-0', 'after']);
  });

  test('R3: whoever waits for progress is woken by the next entry, message or break', async () => {
    const tested = createHub();
    const { stream } = await streamPair(['messages']);
    const first = tested.hub.progress(stream);
    tested.append(message('1-0', '0-0'));
    await first;
    const second = tested.hub.progress(stream);
    tested.append(breakAt('2-0', '1-0'));
    await second;
  });

  test('R3: whoever waits for progress and leaves waits no longer', async () => {
    const tested = createHub();
    const { stream } = await streamPair(['messages']);
    const waiting = tested.hub.progress(stream);
    tested.hub.leave(stream);
    await waiting;
  });
});

test('R7: a reader that leaves too much unsent is cut, and others are not held up', async () => {
  const tested = createHub();
  const [slow, fast] = [await join(tested, 'messages'), await join(tested, 'messages')];
  slow.reader.pause();
  let sent = 0;
  const publish = () => {
    tested.append(message(`${sent + 1}-0`, `${sent}-0`, ['messages'], 'x'.repeat(60_000)));
    sent += 1;
    return ids(fast).includes(`${sent - 1}-0`);
  };
  await until('the slow reader is cut', () => slow.ended.length > 0 || (publish() && false));
  expect(slow.ended).toEqual(['slow']);
  await until('the other has everything', () => ids(fast).at(-1) === `${sent}-0`);
  expect(fast.ended).toEqual([]);
});

describe('joining blocks', () => {
  const blocks = fc.array(
    fc.nat(50).map((length) => Buffer.alloc(length, 'x')),
    { maxLength: 20 },
  );

  test('nothing is lost, reordered or cut, and pieces are as few as order allows', () => {
    fc.assert(
      fc.property(blocks, fc.integer({ min: 1, max: 100 }), (parts, maxBytes) => {
        const pieces = joinBlocks(parts, maxBytes);
        expect(Buffer.concat(pieces)).toEqual(Buffer.concat(parts));
        const largest = Math.max(maxBytes, ...parts.map(({ length }) => length));
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(largest);
        for (const [index, piece] of pieces.slice(1).entries())
          expect((pieces[index] as Buffer).length + piece.length).toBeGreaterThan(maxBytes);
      }),
    );
  });

  test('a block alone is not copied', () => {
    const block: Buffer = Buffer.from('x');
    expect(joinBlocks([block], 1)[0]).toBe(block);
  });
});

test('a stream that was closed gets nothing more', async () => {
  const tested = createHub();
  const pair = await join(tested, 'messages');
  const stream: Stream = pair.stream;
  stream.close('age');
  tested.append(message('1-0', '0-0'));
  await until('the stream has ended', () => pair.ended.length > 0);
  expect(pair.received()).toContain('"reason":"age"');
  expect(ids(pair)).toEqual([]);
});
