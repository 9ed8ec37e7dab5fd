// Subscribers that come and go: so many connects and disconnects a second beside streams that stay and notice nothing.

import type { Options } from 'k6/options';
import { Swarm } from 'k6/x/sse';
import { Audience, after, EXACT, ONCE, TREND_STATS, USERS } from './audience.ts';
import { Publisher, pause } from './publisher.ts';
import { setting } from './settings.ts';

const STREAMS = setting('STREAMS', 500);
const CONNECTS = setting('CONNECTS', 300);
const RATE = setting('RATE', 20);
const SECONDS = setting('SECONDS', 30);
/** How long those stay that come and go. */
const STAY_SECONDS = setting('STAY_SECONDS', 2);

const TICK_SECONDS = 0.1;

export const options: Options = {
  scenarios: { churn: ONCE },
  thresholds: {
    ...EXACT,
    sse_failures: ['count==0'],
    sse_first_block: ['p(99)<1000'],
    sse_delivery_p99: ['value<500'],
  },
  summaryTrendStats: TREND_STATS,
};

export default async function churn(): Promise<void> {
  const audience = new Audience({ channels: 1, streams: STREAMS, connectsPerSecond: 500 });
  const publisher = new Publisher(audience.channels, 100);
  await audience.opened();
  const over = after(SECONDS);
  await Promise.all([publisher.publish(RATE, over), comeAndGo(audience, over)]);
  await audience.leave(publisher);
}

async function comeAndGo({ urls }: Audience, over: () => boolean): Promise<void> {
  const streams = Math.max(1, Math.round((CONNECTS / USERS) * TICK_SECONDS));
  const visits: Promise<void>[] = [];
  while (!over()) {
    visits.push(visit(new Swarm({ urls, streams, connectsPerSecond: CONNECTS })));
    await pause(TICK_SECONDS * 1000);
  }
  await Promise.all(visits);
}

async function visit(swarm: Swarm): Promise<void> {
  await swarm.opened();
  await pause(STAY_SECONDS * 1000);
  await swarm.close();
}
