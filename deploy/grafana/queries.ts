// PromQL for dashboards, built from the server's own metrics: a metric or a label that is renamed there does not compile
// here. Every query asks only for the replicas that the dashboard's variables choose.

import { type HISTOGRAMS, type Metric, PROCESS } from '../../src/metric-catalogue.ts';

const REPLICAS = 'job=~"$job",instance=~"$instance"';

type Histogram = (typeof HISTOGRAMS)[keyof typeof HISTOGRAMS];
/** Of prom-client and Node, which the catalogue names without labels. */
type ProcessMetric = (typeof PROCESS)[keyof typeof PROCESS];
/** What Prometheus adds to every series. */
type TargetLabel = 'instance' | 'job';
type LabelOf<M> = M extends Metric<infer L> ? keyof L & string : never;
type Chosen<M> = M extends Metric<infer L> ? { readonly [K in keyof L]?: L[K][number] } : Record<never, never>;
type Source = Metric | ProcessMetric;

const nameOf = (metric: Source) => (typeof metric === 'string' ? metric : metric.name);

/** A metric's series, perhaps only those with some labels' values. */
export function series<M extends Source>(metric: M, chosen?: Chosen<M>, suffix = ''): string {
  const matchers = Object.entries(chosen ?? {}).map(([label, value]) => `,${label}="${value}"`);
  return `${nameOf(metric)}${suffix}{${REPLICAS}${matchers.join('')}}`;
}

/** How much a counter grows in a second. `$__rate_interval` always holds enough scrapes for it. */
export const rate = <M extends Source>(counter: M, chosen?: Chosen<M>): string =>
  `rate(${series(counter, chosen)}[$__rate_interval])`;

/** How much a counter has grown in the time that the dashboard shows. */
export const growth = <M extends Source>(counter: M, chosen?: Chosen<M>): string =>
  `sum(increase(${series(counter, chosen)}[$__range]))`;

export const sum = (expression: string): string => `sum(${expression})`;

/** A counter's rate over all replicas, kept apart by labels. */
export const rateBy = <M extends Source>(counter: M, ...labels: (LabelOf<M> | TargetLabel)[]): string =>
  `sum by (${labels.join(', ')}) (${rate(counter)})`;

/** One value for each replica. A gauge that is the same twice (one target found under two jobs) stays what it is. */
export const byReplica = (gauge: Source): string => `max by (instance) (${series(gauge)})`;

const bucketRate = (histogram: Metric, labels: readonly string[]) =>
  `sum by (${['le', ...labels].join(', ')}) (rate(${series(histogram, undefined, '_bucket')}[$__rate_interval]))`;

/** How many observations fell into each bucket, a second: what a heatmap draws. */
export const buckets = (histogram: Histogram): string => bucketRate(histogram, []);

/** The value that the given part of all observations stays below, over all replicas. */
export function quantile<M extends Metric>(
  part: number | '$quantile',
  histogram: M,
  ...labels: (LabelOf<M> | TargetLabel)[]
): string {
  return `histogram_quantile(${part}, ${bucketRate(histogram, labels)})`;
}

/** Of a histogram of times: how many seconds of each second were spent, by label. */
export const spent = (histogram: typeof PROCESS.collection, ...labels: string[]): string =>
  `sum by (${labels.join(', ')}) (rate(${series(histogram, undefined, '_sum')}[$__rate_interval]))`;

/** How many replicas the variables choose that answer Prometheus. */
export const replicas = `count(${series(PROCESS.started)})`;

/** Nothing counted is 0, not "no data". */
export const orZero = (expression: string): string => `${expression} or vector(0)`;
