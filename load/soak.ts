// A long time under a steady load: the memory and the open files of the replicas stay what they are. It asks the cluster's
// Prometheus how they were in the second quarter of the time, and how in the last.

import { check } from 'k6';
import http from 'k6/http';
import { Gauge } from 'k6/metrics';
import type { Options } from 'k6/options';
import { Audience, after, EXACT, ONCE, TREND_STATS } from './audience.ts';
import { Publisher } from './publisher.ts';
import { PROMETHEUS, setting } from './settings.ts';

const STREAMS = setting('STREAMS', 2_000);
const CHANNELS = setting('CHANNELS', 20);
const CONNECTS = setting('CONNECTS', 500);
const RATE = setting('RATE', 50);
const SECONDS = setting('SECONDS', 600);
/** Broken and opened again each time, so that what a stream leaves behind adds up. */
const CUT = setting('CUT', 20);
const CUT_EVERY_SECONDS = 1;

/** How many times as much as before, in the replica where it is most. */
const memory = new Gauge('soak_memory_growth');
const files = new Gauge('soak_files_growth');

export const options: Options = {
  scenarios: { soak: { ...ONCE, maxDuration: `${SECONDS + 600}s` } },
  thresholds: {
    ...EXACT,
    // Streams that were cut get what they missed once they are back, which is about one delivery in a hundred.
    sse_delivery_p50: ['value<500'],
    soak_memory_growth: ['value<1.15'],
    soak_files_growth: ['value<1.02'],
  },
  summaryTrendStats: TREND_STATS,
};

export default async function soak(): Promise<void> {
  const audience = new Audience({ channels: CHANNELS, streams: STREAMS, connectsPerSecond: CONNECTS });
  const publisher = new Publisher(audience.channels, 100);
  await audience.opened();
  const over = after(SECONDS);
  await Promise.all([publisher.publish(RATE, over), audience.disturb(CUT, CUT_EVERY_SECONDS, over)]);
  memory.add(growth('process_resident_memory_bytes'));
  files.add(growth('process_open_fds'));
  await audience.leave(publisher);
}

function growth(metric: string): number {
  const quarter = Math.max(1, Math.round(SECONDS / 4));
  const mean = `avg_over_time(${metric}{job="fanfare"}[${quarter}s]`;
  const query = `max(${mean}) / ${mean} offset ${2 * quarter}s))`;
  const response = http.post(`${PROMETHEUS}/api/v1/query`, { query });
  check(response, { 'Prometheus answers (see PROMETHEUS)': ({ status }) => status === 200 });
  const value = Number(response.json('data.result.0.value.1'));
  check(value, { [`${metric} is known for the whole time`]: () => Number.isFinite(value) });
  return value;
}
