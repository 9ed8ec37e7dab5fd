// Slow readers among fast ones: they are cut and come back without a loss, and the fast ones do not notice.

import type { Options } from 'k6/options';
import { Swarm } from 'k6/x/sse';
import { Audience, after, EXACT, ONCE, TREND_STATS, USERS } from './audience.ts';
import { Publisher } from './publisher.ts';
import { setting } from './settings.ts';

const STREAMS = setting('STREAMS', 50);
const SLOW = setting('SLOW', 20);
// A third of what comes. One that is cut notices when it has read what the kernels and nginx still held for it, some megabytes.
const SLOW_BYTES_PER_SECOND = setting('SLOW_BYTES_PER_SECOND', 200_000);
// Together 0.6 MB a second for each stream: the kernels and the limit of a replica are soon full.
const RATE = setting('RATE', 40);
const BYTES = setting('BYTES', 16_000);
const SECONDS = setting('SECONDS', 45);

export const options: Options = {
  scenarios: { slow: ONCE },
  thresholds: {
    ...EXACT,
    'sse_reconnects{readers:slow}': ['count>0'],
    'sse_reconnects{readers:fast}': ['count==0'],
    'sse_delivery_p99{readers:fast}': ['value<500'],
  },
  summaryTrendStats: TREND_STATS,
};

export default async function slow(): Promise<void> {
  const fast = { channels: 1, streams: STREAMS, connectsPerSecond: 100, tags: { readers: 'fast' } };
  const audience = new Audience(fast);
  const publisher = new Publisher(audience.channels, BYTES);
  await audience.opened();
  const readers = new Swarm({
    urls: audience.urls,
    streams: Math.max(1, Math.round(SLOW / USERS)),
    connectsPerSecond: 100,
    bytesPerSecond: SLOW_BYTES_PER_SECOND,
    tags: { readers: 'slow' },
  });
  await readers.opened();
  await publisher.publish(RATE, after(SECONDS));
  await audience.leave(publisher);
  await readers.close();
}
