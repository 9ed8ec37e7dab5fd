// Every name that a rule or a panel may ask for, but what recording rules make: the server's own catalogue and what the
// exporters say.

import { NGINX, PROMETHEUS, REDIS } from '../../deploy/exporters.ts';
import { COUNTERS, GAUGES, HISTOGRAMS, OTHERS, PROCESS } from '../../src/metric-catalogue.ts';

const { requestDuration, ...PLAIN } = OTHERS;
const histograms = [...Object.values(HISTOGRAMS), requestDuration].map(({ name }) => name).concat(PROCESS.collection);

export const KNOWN_METRICS: ReadonlySet<string> = new Set([
  ...[COUNTERS, GAUGES, PLAIN].flatMap((metrics) => Object.values(metrics).map(({ name }) => name)),
  ...histograms.flatMap((name) => [`${name}_bucket`, `${name}_sum`, `${name}_count`]),
  ...[PROCESS, REDIS, NGINX, PROMETHEUS].flatMap((names) => Object.values(names)),
]);
