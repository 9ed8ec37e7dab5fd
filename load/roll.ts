// A rolling restart: every stream is told to go, spread over the drain, and goes on elsewhere without a loss, while no publish
// fails. It says when it is ready; `npm run load -- roll` restarts the replicas then, elsewhere somebody has to.

import { check } from 'k6';
import type { Options } from 'k6/options';
import { Audience, EXACT, ONCE, TREND_STATS } from './audience.ts';
import { Publisher } from './publisher.ts';
import { setting } from './settings.ts';

const STREAMS = setting('STREAMS', 1_000);
const CHANNELS = setting('CHANNELS', 10);
const CONNECTS = setting('CONNECTS', 500);
const RATE = setting('RATE', 50);
const WAIT_SECONDS = setting('WAIT_SECONDS', 60);
/** It is over when no stream has moved for so long: the next replica has to be up by then. */
const QUIET_SECONDS = setting('QUIET_SECONDS', 20);

export const options: Options = {
  scenarios: { roll: ONCE },
  thresholds: { ...EXACT, sse_closes: ['count>0'], sse_reconnect: ['p(99)<10000'] },
  summaryTrendStats: TREND_STATS,
};

export default async function roll(): Promise<void> {
  const audience = new Audience({ channels: CHANNELS, streams: STREAMS, connectsPerSecond: CONNECTS });
  const publisher = new Publisher(audience.channels, 100);
  await audience.opened();
  console.log('ready: restart the replicas now, one after another');
  await publisher.publishDuring(RATE, async () => {
    await audience.until(WAIT_SECONDS * 1000, ({ ready }) => ready < audience.streams);
    await audience.settled(QUIET_SECONDS);
  });
  const { reconnects, closes } = await audience.leave(publisher);
  check(reconnects, {
    'every stream has moved': () => reconnects >= audience.streams,
    'every stream that moved was told to': () => reconnects === closes,
  });
}
