// Draws the Cluster dashboard's main panels to one SVG: npm run dashboards:draw -- --minutes 15 --out picture.svg. For the
// README, and for looking at a load test afterwards where no Grafana is.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { cluster } from './dashboards.ts';
import { curvesOf } from './picture/curves.ts';
import { picture } from './picture/picture.ts';
import type { Range } from './prometheus.ts';
import { busRoundtrip } from './rows/bus.ts';
import { deliveredEvents, deliveryLatency, repairsAndResets } from './rows/delivery.ts';
import { bytesPerStream, loopLag, memory } from './rows/runtime.ts';
import { closesByReason, opensAndCloses, streamsByReplica } from './rows/streams.ts';

const PANELS = [
  streamsByReplica,
  deliveredEvents,
  deliveryLatency,
  busRoundtrip,
  opensAndCloses,
  closesByReason,
  repairsAndResets,
  loopLag,
  memory,
  bytesPerStream,
];

/** Points of a curve: about as many as a panel has pixels for. */
const POINTS = 240;
/** Four scrapes of 5 s, as Grafana would take it. */
const LEAST_RATE_SECONDS = 20;

const OPTIONS = {
  url: { type: 'string', default: 'http://localhost:9090' },
  minutes: { type: 'string', default: '15' },
  // Where git does not look.
  out: { type: 'string', default: 'load/results/cluster.svg' },
} as const;

function lastMinutes(text: string): Range {
  const minutes = Number(text);
  if (!(minutes > 0)) throw new Error(`--minutes ${text} is no time: give a number above 0`);
  const stepSeconds = Math.max(1, Math.ceil((minutes * 60) / POINTS));
  // On whole steps, so that drawing twice gives the same points.
  const to = Math.floor(Date.now() / 1000 / stepSeconds) * stepSeconds;
  return { from: to - Math.ceil((minutes * 60) / stepSeconds) * stepSeconds, to, stepSeconds };
}

async function main(): Promise<void> {
  const { url, minutes, out } = parseArgs({ options: OPTIONS }).values;
  const range = lastMinutes(minutes);
  const span = {
    rateInterval: `${Math.max(LEAST_RATE_SECONDS, 4 * range.stepSeconds)}s`,
    range: `${range.to - range.from}s`,
    interval: `${range.stepSeconds}s`,
  };
  const drawn = await Promise.all(PANELS.map((panel) => curvesOf(url, panel, range, span)));
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, picture(cluster.title, drawn, range));
  console.log(`${out}: ${PANELS.length} panels, the last ${minutes} minutes of ${url}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
