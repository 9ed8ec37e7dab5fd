// Many channels with few streams each: what messages cost that almost nobody wants.

import type { Options } from 'k6/options';
import { ONCE, TREND_STATS, UNDISTURBED } from './audience.ts';
import { setting } from './settings.ts';
import { steady } from './steady.ts';

const LOAD = {
  streams: setting('STREAMS', 3_000),
  channels: setting('CHANNELS', 1_000),
  connectsPerSecond: setting('CONNECTS', 1_000),
  rate: setting('RATE', 500),
  bytes: setting('BYTES', 100),
  seconds: setting('SECONDS', 30),
};

export const options: Options = {
  scenarios: { channels: ONCE },
  thresholds: { ...UNDISTURBED, sse_delivery_p99: ['value<500'] },
  summaryTrendStats: TREND_STATS,
};

export default () => steady(LOAD);
