// A replica is killed: all of its streams come back to the others, soon and without a loss, and no publish fails.
// It says when it is ready; `npm run load -- storm` kills one then, elsewhere somebody has to within a minute.

import { check } from 'k6';
import type { Options } from 'k6/options';
import { Audience, EXACT, ONCE, TREND_STATS } from './audience.ts';
import { Publisher } from './publisher.ts';
import { setting } from './settings.ts';

const STREAMS = setting('STREAMS', 3_000);
const CHANNELS = setting('CHANNELS', 10);
const CONNECTS = setting('CONNECTS', 1_000);
const RATE = setting('RATE', 50);
/** After which 99 % of those that lost their stream have it again. */
const BACK_SECONDS = setting('BACK_SECONDS', 10);
const WAIT_SECONDS = setting('WAIT_SECONDS', 60);
/** For how long it goes on once all are back. */
const SECONDS = setting('SECONDS', 5);

export const options: Options = {
  scenarios: { storm: ONCE },
  thresholds: { ...EXACT, sse_reconnects: ['count>0'], sse_reconnect: [`p(99)<${BACK_SECONDS * 1000}`] },
  summaryTrendStats: TREND_STATS,
};

export default async function storm(): Promise<void> {
  const audience = new Audience({ channels: CHANNELS, streams: STREAMS, connectsPerSecond: CONNECTS });
  const publisher = new Publisher(audience.channels, 100);
  await audience.opened();
  console.log('ready: kill a replica now');
  await publisher.publishDuring(RATE, async () => {
    const struck = await audience.until(WAIT_SECONDS * 1000, ({ ready }) => ready < audience.streams);
    check(struck, { 'a replica was killed': () => struck });
    await audience.settled(SECONDS);
  });
  await audience.leave(publisher);
}
