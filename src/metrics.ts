// What an operator sees. The only module that knows prom-client; names are the project's public interface.
// Labels come from closed unions and start at 0. Nothing is counted for each socket: gauges over streams are read when
// they are scraped, counters take one step for each message.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RepairReason } from './bus/follower.ts';
import type { ConnectionRole } from './bus/redis-connection.ts';
import type { ResetReason } from './entry.ts';
import type { EndReason } from './stream.ts';

// No whole number from 1 on: Prometheus 3 rewrites le="1".
const LATENCY_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.1, 2.5, 5.1, 10.1];
const LIFETIME_BUCKETS = [0.1, 1.1, 10.1, 60.1, 300.1, 900.1, 1800.1, 3600.1, 7200.1];

export type RejectReason = 'capacity' | 'draining' | 'bad_request';
export type PublishResult = 'ok' | 'repeated' | 'rejected' | 'error';

/** A counter or histogram whose label takes these values and no others. */
export interface Labelled<Value extends string> {
  add(value: Value, amount?: number): void;
}

export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly replica: string;
}

/** What is read at scrape time. */
export interface Readings {
  readonly streams: () => number;
  readonly channels: () => number;
  readonly backlog: () => { readonly bytes: number; readonly slow: number };
  readonly ready: () => boolean;
  readonly draining: () => boolean;
}

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics(build: BuildInfo) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  // Gauges named as counters, which promtool refuses.
  for (const name of ['handles', 'requests', 'resources']) registry.removeSingleMetric(`nodejs_active_${name}_total`);

  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const histogram = (name: string, help: string, buckets = LATENCY_BUCKETS) =>
    new Histogram({ name, help, buckets, registers });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const labelled = <V extends string>(name: string, help: string, label: string, values: readonly V[]): Labelled<V> => {
    const metric = new Counter({ name, help, labelNames: [label], registers });
    for (const value of values) metric.inc({ [label]: value }, 0);
    return { add: (value, amount = 1) => metric.inc({ [label]: value }, amount) };
  };

  const busUp = new Gauge({
    name: 'fanfare_bus_up',
    help: 'Whether the connection to the bus is ready.',
    labelNames: ['role'],
    registers,
  });
  new Gauge({
    name: 'fanfare_build_info',
    help: 'Always 1; the labels say what runs here.',
    labelNames: ['version', 'revision', 'replica', 'node'],
    registers,
  }).set({ ...build, node: process.version }, 1);
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered, but for streams.',
    labelNames: ['method', 'route', 'code_class'],
    registers,
  });
  const requestDuration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From request to answer, but for streams.',
    labelNames: ['method', 'route', 'code_class'],
    buckets: LATENCY_BUCKETS,
    registers,
  });

  return {
    registry,
    opened: labelled('fanfare_streams_opened_total', 'Streams accepted.', 'resumed', ['true', 'false']),
    closed: labelled<EndReason>('fanfare_streams_closed_total', 'Streams ended, by reason.', 'reason', [
      'client',
      'slow',
      'age',
      'drain',
      'expired',
      'kicked',
    ]),
    rejected: labelled<RejectReason>('fanfare_streams_rejected_total', 'Streams refused, by reason.', 'reason', [
      'capacity',
      'draining',
      'bad_request',
    ]),
    lifetime: histogram('fanfare_stream_duration_seconds', 'How long streams lived.', LIFETIME_BUCKETS),
    published: labelled<PublishResult>(
      'fanfare_messages_published_total',
      'Messages that /send was asked to publish, by result.',
      'result',
      ['ok', 'repeated', 'rejected', 'error'],
    ),
    publishDuration: histogram('fanfare_publish_duration_seconds', 'From request to appended.'),
    busMessages: counter('fanfare_bus_messages_total', 'Log entries that came over pub/sub.'),
    repairs: labelled<RepairReason>(
      'fanfare_bus_repairs_total',
      'Times the log had to fill what pub/sub did not bring.',
      'reason',
      ['gap', 'tip', 'reconnect'],
    ),
    reconnects: labelled<ConnectionRole>(
      'fanfare_bus_reconnects_total',
      'Times a connection to the bus was lost.',
      'role',
      ['commands', 'subscription'],
    ),
    roundtrip: histogram('fanfare_bus_roundtrip_seconds', 'A probe published and received by this replica.'),
    delivered: counter('fanfare_events_delivered_total', 'Live events written, one for each recipient.'),
    sentBytes: counter('fanfare_sent_bytes_total', 'Bytes of events written to streams.'),
    latency: histogram(
      'fanfare_delivery_latency_seconds',
      'From the append of a message to the last local socket written.',
    ),
    replayed: counter('fanfare_replayed_events_total', 'Events written to streams that were catching up.'),
    resets: labelled<ResetReason>('fanfare_resets_total', 'fanfare:reset events sent, by reason.', 'reason', [
      'trimmed',
      'lost',
      'unknown',
    ]),
    heartbeats: counter('fanfare_heartbeats_total', 'Heartbeats written.'),
    resumed: resumes(registers),
    busUp: (role: ConnectionRole, up: boolean) => busUp.set({ role }, up ? 1 : 0),
    request(method: string, route: string, status: number, seconds: number) {
      const labels = { method, route, code_class: `${Math.floor(status / 100)}xx` };
      requests.inc(labels);
      requestDuration.observe(labels, seconds);
    },
    /** Adds the gauges, once there is something to read. */
    watch(read: Readings) {
      gauge('fanfare_streams', 'Open streams.', read.streams);
      gauge('fanfare_channels', 'Channels with live streams on this replica.', read.channels);
      gauge(
        'fanfare_buffered_bytes',
        'Bytes written to streams that the kernel has not taken.',
        () => read.backlog().bytes,
      );
      gauge(
        'fanfare_slow_streams',
        'Streams with more than half of SLOW_CLIENT_BYTES unsent.',
        () => read.backlog().slow,
      );
      gauge('fanfare_ready', 'Whether /readyz answers 200.', () => (read.ready() ? 1 : 0));
      gauge('fanfare_draining', 'Whether this replica is closing its streams to stop.', () =>
        read.draining() ? 1 : 0,
      );
    },
  };
}

function resumes(registers: Registry[]) {
  const metric = new Counter({
    name: 'fanfare_resumes_total',
    help: 'Streams that came back with a cursor: where it was found, and whether everything after it could be given.',
    labelNames: ['source', 'result'],
    registers,
  });
  for (const source of ['ring', 'log', 'none'])
    for (const result of ['complete', 'reset']) metric.inc({ source, result }, 0);
  return (source: 'ring' | 'log' | 'none', result: 'complete' | 'reset') => metric.inc({ source, result });
}
