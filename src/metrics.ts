// The only module that knows prom-client: makes what the catalogue names, and keeps the hot path cheap. Nothing is counted
// for each socket: gauges over streams are read when they are scraped, counters take one step for each message.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ConnectionRole } from './bus/redis-connection.ts';
import {
  COUNTERS,
  GAUGES,
  HISTOGRAMS,
  LATENCY_BUCKETS,
  LIFETIME_BUCKETS,
  type Metric,
  OTHERS,
  type ResumeResult,
  type ResumeSource,
} from './metric-catalogue.ts';

export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly replica: string;
}

/** What is read at scrape time. */
export type Readings = Readonly<Record<keyof typeof GAUGES, () => number>>;

/** A counter with one label. */
export interface Labelled<Value extends string> {
  add(value: Value, amount?: number): void;
}

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics(build: BuildInfo) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  // Gauges named as counters, which promtool refuses.
  for (const name of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${name}_total`);

  const spec = ({ name, help, labels }: Metric) => ({ name, help, labelNames: Object.keys(labels), registers });
  const counter = (metric: Metric) => new Counter(spec(metric));
  const histogram = (metric: Metric, buckets: readonly number[] = LATENCY_BUCKETS) =>
    new Histogram({ ...spec(metric), buckets: [...buckets] });
  function labelled<V extends string>(metric: Metric<Readonly<Record<string, readonly V[]>>>): Labelled<V> {
    const made = counter(metric);
    const [[label, values]] = Object.entries(metric.labels) as [[string, readonly V[]]];
    for (const value of values) made.inc({ [label]: value }, 0);
    return { add: (value, amount = 1) => made.inc({ [label]: value }, amount) };
  }

  const { busUp, build: buildInfo, requests, requestDuration } = OTHERS;
  const up = new Gauge(spec(busUp));
  for (const role of busUp.labels.role) up.set({ role }, 0);
  new Gauge(spec(buildInfo)).set({ ...build, node: process.version }, 1);
  const answered = counter(requests);
  const answerTime = histogram(requestDuration);
  const resumed = counter(COUNTERS.resumed);
  const { source: sources, result: results } = COUNTERS.resumed.labels;
  for (const source of sources) for (const result of results) resumed.inc({ source, result }, 0);

  return {
    registry,
    opened: labelled(COUNTERS.opened),
    closed: labelled(COUNTERS.closed),
    rejected: labelled(COUNTERS.rejected),
    published: labelled(COUNTERS.published),
    repairs: labelled(COUNTERS.repairs),
    reconnects: labelled(COUNTERS.reconnects),
    resets: labelled(COUNTERS.resets),
    busMessages: counter(COUNTERS.busMessages),
    delivered: counter(COUNTERS.delivered),
    sentBytes: counter(COUNTERS.sentBytes),
    replayed: counter(COUNTERS.replayed),
    heartbeats: counter(COUNTERS.heartbeats),
    setup: histogram(HISTOGRAMS.setup),
    lifetime: histogram(HISTOGRAMS.lifetime, LIFETIME_BUCKETS),
    publish: histogram(HISTOGRAMS.publish),
    roundtrip: histogram(HISTOGRAMS.roundtrip),
    latency: histogram(HISTOGRAMS.latency),
    fanout: histogram(HISTOGRAMS.fanout),
    heartbeatLag: histogram(HISTOGRAMS.heartbeatLag),
    resumed: (source: ResumeSource, result: ResumeResult) => resumed.inc({ source, result }),
    busUp: (role: ConnectionRole, isUp: boolean) => up.set({ role }, isUp ? 1 : 0),
    request(method: string, route: string, status: number, seconds: number) {
      const labels = { method, route, code_class: `${Math.floor(status / 100)}xx` };
      answered.inc(labels);
      answerTime.observe(labels, seconds);
    },
    /** Adds the gauges, once there is something to read. */
    watch(read: Readings) {
      for (const key of Object.keys(GAUGES) as (keyof typeof GAUGES)[]) {
        new Gauge({
          ...spec(GAUGES[key]),
          collect() {
            this.set(read[key]());
          },
        });
      }
    },
  };
}
