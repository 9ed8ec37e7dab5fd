// Every name that a rule or a panel may ask for, but what recording rules make: the server's own catalogue and what the
// exporters say. A misspelt one is no error to Prometheus, only an alert that never fires.

import { NGINX, PROMETHEUS, REDIS } from '../../deploy/exporters.ts';
import { COUNTERS, GAUGES, HISTOGRAMS, type Metric, OTHERS, PROCESS } from '../../src/metric-catalogue.ts';
import type { Selector } from './promql.ts';

const { requestDuration, ...INFO } = OTHERS;
const { collection, ...NAMES } = PROCESS;
const OWN: readonly Metric[] = [COUNTERS, GAUGES, INFO].flatMap((metrics) => Object.values<Metric>(metrics));
const OWN_HISTOGRAMS: readonly Metric[] = [...Object.values<Metric>(HISTOGRAMS), requestDuration];
const LABELS: ReadonlyMap<string, Metric['labels']> = new Map([
  ...OWN.map(({ name, labels }) => [name, labels] as const),
  ...OWN_HISTOGRAMS.flatMap(({ name, labels }) => series(name).map((each) => [each, labels] as const)),
]);

export const KNOWN_METRICS: ReadonlySet<string> = new Set([
  ...LABELS.keys(),
  ...[NAMES, REDIS, NGINX, PROMETHEUS].flatMap((names) => Object.values(names)),
  ...series(collection),
]);

/** What a histogram is asked for by. */
function series(name: string): readonly string[] {
  return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
}

/** What a selector asks of the labels of the server's own metrics that none of them can ever say. */
export function impossible({ metric, matchers }: Selector): readonly string[] {
  const labels = LABELS.get(metric);
  if (labels === undefined) return [];
  return matchers
    .filter(({ label, operator, value }) => {
      if (label === 'job' || label === 'instance' || label === 'le') return false;
      const values = labels[label];
      // A label without a list takes any value.
      if (values === undefined || values.length === 0) return values === undefined;
      return !(operator.includes('~') ? value.split('|') : [value]).every((each) => values.includes(each));
    })
    .map(({ label, operator, value }) => `${metric}{${label}${operator}"${value}"}`);
}
