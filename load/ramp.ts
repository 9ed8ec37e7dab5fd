// How many streams the cluster holds, and how fast it takes them: all are opened, hear a message a second, and stay.

import type { Options } from 'k6/options';
import { ONCE, TREND_STATS, UNDISTURBED } from './audience.ts';
import { setting } from './settings.ts';
import { steady } from './steady.ts';

const LOAD = {
  streams: setting('STREAMS', 10_000),
  channels: setting('CHANNELS', 10),
  connectsPerSecond: setting('CONNECTS', 1_000),
  rate: setting('RATE', 1),
  bytes: setting('BYTES', 100),
  seconds: setting('SECONDS', 30),
};

export const options: Options = {
  scenarios: { ramp: ONCE },
  thresholds: {
    ...UNDISTURBED,
    sse_first_block: ['p(99)<1000'],
    sse_delivery_p99: ['value<1000'],
  },
  summaryTrendStats: TREND_STATS,
};

export default () => steady(LOAD);
