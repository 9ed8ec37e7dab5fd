// Where a stream begins that asks for the last messages, while the log is trimmed past that place.

import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { MemoryBus } from '../src/bus/memory.ts';
import { LogReader } from '../src/log-reader.ts';
import { lookUpStart } from '../src/start.ts';
import { Stream } from '../src/stream.ts';
import { publication } from './support/buses.ts';

const ENTRIES = 1_500;

test('S7, R3: last=N of a quiet channel is no gap, though the log was trimmed while it was looked through', async () => {
  const bus = new MemoryBus({ entries: ENTRIES, bytes: 1e9 });
  bus.start({ append: () => undefined, gap: () => undefined });
  const busy = Array.from({ length: ENTRIES }, (_, index) => publication(`${index}`, ['busy']));
  await bus.publish(busy);
  const stream = new Stream(new Socket(), {
    channels: ['quiet'],
    format: 'text',
    retryMs: 1,
    expiresAt: Number.POSITIVE_INFINITY,
    onEnd: () => undefined,
  });
  const found = lookUpStart({ from: 'last', count: 5 }, stream, bus, new LogReader(bus));
  // It looks through so many in several turns: this comes in between.
  await bus.publish(busy);
  expect((await found)?.reason).toBeUndefined();
});
