// Some seconds: every message reaches every stream, once and in order, in good time. For after a deployment, and for CI.

import type { Options } from 'k6/options';
import { ONCE, TREND_STATS, UNDISTURBED } from './audience.ts';
import { setting } from './settings.ts';
import { steady } from './steady.ts';

const LOAD = {
  streams: setting('STREAMS', 60),
  channels: setting('CHANNELS', 3),
  connectsPerSecond: setting('CONNECTS', 100),
  rate: setting('RATE', 50),
  bytes: setting('BYTES', 100),
  seconds: setting('SECONDS', 5),
};

export const options: Options = {
  scenarios: { smoke: ONCE },
  thresholds: { ...UNDISTURBED, sse_delivery_p99: ['value<500'] },
  summaryTrendStats: TREND_STATS,
};

export default () => steady(LOAD);
