// A stream's judgement of its reader, and its age.

import { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { BEFORE_ALL } from '../src/entry.ts';
import { Hub } from '../src/hub.ts';
import { Streams } from '../src/streams.ts';
import { streamPair } from './support/stream-pair.ts';
import { until } from './support/until.ts';

// More than the kernel takes at once.
const LARGE = Buffer.alloc(64e6, 'x');

test('R7: bytes of a large block that move are seen to move, before it has left whole', async () => {
  const { stream, reader } = await streamPair(['messages']);
  reader.pause();
  stream.write(LARGE, 0);
  let now = 0;
  await until('the kernel takes no more', () => {
    now += 1_000;
    return stream.stuckMs(now) >= 5_000;
  });
  let read = 0;
  reader.on('data', (bytes) => {
    read += bytes.length;
    if (read > 8e6) reader.pause();
  });
  reader.resume();
  await until('some have moved', () => stream.stuckMs(now) === 0);
  expect(stream.unsentBytes).toBeGreaterThan(0);
});

test('R10: streams live between 0.8 and 1 of MAX_AGE_MS, the round that ends them included', () => {
  const maxAgeMs = 100_000;
  const options = { heartbeatMs: 1e6, retryMs: 1, maxAgeMs, slowClientMs: 1e6, slowClientBytes: 1e6 };
  const hub = new Hub(() => BEFORE_ALL, 1e6, { delivered: () => undefined, reset: () => undefined });
  const observer = { ended: () => undefined, heartbeat: () => undefined, swept: () => undefined };
  const streams = new Streams(options, hub, observer);
  onTestFinished(() => streams.stop());
  const ages = Array.from({ length: 500 }, () => {
    const stream = streams.add(new Socket(), { channels: ['messages'], format: 'text' });
    return (stream.expiresAt - stream.since) / maxAgeMs;
  });
  // A round takes a tenth of the age at most.
  expect(Math.min(...ages)).toBeGreaterThanOrEqual(0.8);
  expect(Math.max(...ages)).toBeLessThanOrEqual(0.9001);
  expect(Math.max(...ages) - Math.min(...ages)).toBeGreaterThan(0.05);
});
