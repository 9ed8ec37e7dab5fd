// The only module that knows prom-client: makes what the catalogue names, and keeps the hot path cheap. Nothing is counted
// for each socket: gauges over streams are read when they are scraped, counters take one step for each message.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BusRole } from './bus/redis-connection.ts';
import {
  COUNTERS,
  GAUGES,
  HISTOGRAMS,
  LATENCY_BUCKETS,
  LIFETIME_BUCKETS,
  type Metric,
  OTHERS,
  USUAL_ANSWERS,
} from './metric-catalogue.ts';
import type { CodeClass, Method, ResumeResult, ResumeSource, Route } from './metric-labels.ts';

export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly replica: string;
}

/** What is read once for each scrape. */
export type Readings = Readonly<Record<keyof typeof GAUGES, number>>;

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
  for (const [method, route, classes] of USUAL_ANSWERS) {
    for (const code_class of classes) {
      answered.inc({ method, route, code_class }, 0);
      answerTime.zero({ method, route, code_class });
    }
  }
  const resumed = counter(COUNTERS.resumed);
  const { source: sources, result: results } = COUNTERS.resumed.labels;
  for (const source of sources) for (const result of results) resumed.inc({ source, result }, 0);

  const keys = Object.keys(GAUGES) as (keyof typeof GAUGES)[];
  const gauges = keys.map((key) => [key, new Gauge(spec(GAUGES[key]))] as const);
  let read: (() => Readings) | undefined;

  return {
    contentType: registry.contentType,
    /** All of it, as Prometheus reads it. */
    page(): Promise<string> {
      const readings = read?.();
      if (readings !== undefined) for (const [key, gauge] of gauges) gauge.set(readings[key]);
      return registry.metrics();
    },
    opened: labelled(COUNTERS.opened),
    closed: labelled(COUNTERS.closed),
    rejected: labelled(COUNTERS.rejected),
    accessRefused: labelled(COUNTERS.accessRefused),
    limited: labelled(COUNTERS.limited),
    published: labelled(COUNTERS.published),
    repairs: labelled(COUNTERS.repairs),
    reconnects: labelled(COUNTERS.reconnects),
    resets: labelled(COUNTERS.resets),
    flaskTaken: counter(COUNTERS.flaskTaken),
    flaskDropped: labelled(COUNTERS.flaskDropped),
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
    busUp: (role: BusRole, isUp: boolean) => up.set({ role }, isUp ? 1 : 0),
    request(method: Method, route: Route, status: number, seconds: number) {
      const labels = { method, route, code_class: classOf(status) };
      answered.inc(labels);
      answerTime.observe(labels, seconds);
    },
    /** Where the gauges' values are, once there is something to read. */
    watch(readings: () => Readings) {
      read = readings;
    },
  };
}

// Nothing here answers with 1xx.
function classOf(status: number): CodeClass {
  if (status < 300) return '2xx';
  if (status < 400) return '3xx';
  return status < 500 ? '4xx' : '5xx';
}
