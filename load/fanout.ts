// Few channels, many streams, and a message rate that rises until deliveries are late: finds the knee.

import { Gauge } from 'k6/metrics';
import type { Options } from 'k6/options';
import { Audience, after, EXACT, ONCE, TREND_STATS, USERS } from './audience.ts';
import { Publisher } from './publisher.ts';
import { setting, settings } from './settings.ts';

const STREAMS = setting('STREAMS', 1_000);
const CHANNELS = setting('CHANNELS', 4);
const CONNECTS = setting('CONNECTS', 500);
/** Messages a second, one after another. */
const RATES = settings('RATES', [20, 50, 100, 200, 400, 800, 1_600, 3_200]);
const STEP_SECONDS = setting('SECONDS', 10);
const BYTES = setting('BYTES', 100);
/** A step holds while 99 % of its deliveries are faster. */
const GOAL_MS = setting('GOAL_MS', 250);
/** The run fails where it does not hold at least so many deliveries a second, of all users together. */
const LEAST = setting('LEAST', 10_000);

/** The most deliveries a second to one user's streams at which the goal was kept. */
const knee = new Gauge('fanout_knee');

export const options: Options = {
  scenarios: { fanout: ONCE },
  thresholds: { ...EXACT, fanout_knee: [`value>=${LEAST / USERS}`] },
  summaryTrendStats: TREND_STATS,
};

export default async function fanout(): Promise<void> {
  const audience = new Audience({ channels: CHANNELS, streams: STREAMS, connectsPerSecond: CONNECTS });
  const publisher = new Publisher(audience.channels, BYTES);
  await audience.opened();
  knee.add(0);
  let held = true;
  for (const rate of RATES) if (held) held = await holds(audience, publisher, rate);
  if (held) console.log('the goal was kept at every rate: the knee is above the last, see RATES');
  await audience.leave(publisher);
}

async function holds({ swarm, streams }: Audience, publisher: Publisher, rate: number): Promise<boolean> {
  const begun = Date.now();
  await publisher.publish(rate, after(STEP_SECONDS));
  const { count, p50, p99, p999 } = swarm.delivery();
  const delivered = Math.round(count / ((Date.now() - begun) / 1000));
  const each = [`p50 ${p50.toFixed(1)}`, `p99 ${p99.toFixed(1)}`, `p99.9 ${p999.toFixed(1)} ms`].join(', ');
  console.log(`${rate} messages/s asked for: ${delivered} deliveries/s, ${each}`);
  // Where the publisher itself is held up, late deliveries would be hidden.
  const kept = p99 <= GOAL_MS && delivered >= (0.9 * rate * streams) / CHANNELS;
  if (kept) knee.add(delivered);
  return kept;
}
