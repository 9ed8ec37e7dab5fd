// What an operator can ask Fanfare for: every metric's name, help and labels. Names are the project's public interface:
// once released they are not renamed. Dashboards build their queries from here, so nothing here knows prom-client.
//
// Labels come from closed lists and start at 0, so that nothing is missing before it first happens.

import {
  ANSWER,
  type CodeClass,
  DROPS,
  ENDS,
  LIMITS,
  type Method,
  REFUSALS,
  REJECTS,
  REPAIRS,
  RESETS,
  RESULTS,
  RESUMES,
  ROLES,
  type Route,
  SOURCES,
} from './metric-labels.ts';

/** A label's name and the values that it takes, and no others. */
type Labels = Readonly<Record<string, readonly string[]>>;

export interface Metric<L extends Labels = Labels> {
  readonly name: string;
  readonly help: string;
  readonly labels: L;
}

// No whole number from 1 on: Prometheus 3 rewrites le="1".
export const LATENCY_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.1, 2.5, 5.1, 10.1,
] as const;
export const LIFETIME_BUCKETS = [0.1, 1.1, 10.1, 60.1, 300.1, 900.1, 1800.1, 3600.1, 7200.1] as const;

function metric(name: string, help: string): Metric<Record<never, never>>;
function metric<const L extends Labels>(name: string, help: string, labels: L): Metric<L>;
function metric(name: string, help: string, labels: Labels = {}): Metric {
  return { name, help, labels };
}

export const COUNTERS = {
  opened: metric('fanfare_streams_opened_total', 'Streams accepted, and whether they came with a cursor.', {
    resumed: ['true', 'false'],
  }),
  closed: metric('fanfare_streams_closed_total', 'Streams ended, by reason.', { reason: ENDS }),
  rejected: metric('fanfare_streams_rejected_total', 'Streams refused, by reason.', { reason: REJECTS }),
  accessRefused: metric('fanfare_access_refused_total', 'Requests refused for who asked, by reason.', {
    reason: REFUSALS,
  }),
  limited: metric('fanfare_limited_total', 'Requests refused, or streams ended, at a limit, by the limit.', {
    limit: LIMITS,
  }),
  published: metric('fanfare_messages_published_total', 'Messages that /send was asked to publish, by result.', {
    result: RESULTS,
  }),
  flaskTaken: metric('fanfare_flask_messages_taken_total', 'Messages of Flask apps that were taken into the log.'),
  flaskDropped: metric(
    'fanfare_flask_messages_dropped_total',
    'Messages of Flask apps that were not taken into the log, by reason.',
    { reason: DROPS },
  ),
  busMessages: metric('fanfare_bus_messages_total', 'Log entries that came over pub/sub.'),
  repairs: metric('fanfare_bus_repairs_total', 'Times the log had to fill what pub/sub did not bring.', {
    reason: REPAIRS,
  }),
  reconnects: metric('fanfare_bus_reconnects_total', 'Times a connection to the bus was lost.', { role: ROLES }),
  delivered: metric('fanfare_events_delivered_total', 'Live events written, one for each recipient.'),
  sentBytes: metric('fanfare_sent_bytes_total', 'Bytes of events written to streams.'),
  resumed: metric(
    'fanfare_resumes_total',
    'Streams that came back with a cursor: where it was found, and whether everything after it could be given.',
    { source: SOURCES, result: RESUMES },
  ),
  resets: metric('fanfare_resets_total', 'fanfare:reset events sent, by reason.', { reason: RESETS }),
  replayed: metric('fanfare_replayed_events_total', 'Events written to streams that were catching up.'),
  heartbeats: metric('fanfare_heartbeats_total', 'Heartbeats written.'),
} as const;

export const HISTOGRAMS = {
  setup: metric('fanfare_stream_setup_seconds', 'From the request of a stream to fanfare:open written.'),
  lifetime: metric('fanfare_stream_duration_seconds', 'How long streams lived.'),
  publish: metric('fanfare_publish_duration_seconds', 'From the request to the message in the log.'),
  roundtrip: metric('fanfare_bus_roundtrip_seconds', 'From a probe published to the probe received, by one replica.'),
  latency: metric(
    'fanfare_delivery_latency_seconds',
    "From a message in the log, by Redis's clock, to the last local socket written, by this replica's.",
  ),
  fanout: metric('fanfare_fanout_duration_seconds', 'From the first frame of a turn to its last local write.'),
  heartbeatLag: metric(
    'fanfare_heartbeat_lag_seconds',
    'How late the sweep came that looks after heartbeats, ages and slow readers.',
  ),
} as const;

/** Read when they are scraped. */
export const GAUGES = {
  streams: metric('fanfare_streams', 'Open streams.'),
  streamsLimit: metric('fanfare_streams_limit', 'The most streams that this replica takes (MAX_CONNECTIONS).'),
  channels: metric('fanfare_channels', 'Channels with live streams on this replica.'),
  subscriptions: metric('fanfare_subscriptions', 'Pairs of a live stream and one of its channels.'),
  logMessages: metric('fanfare_log_messages', 'Entries that the log holds, and that can be resumed from.'),
  logMessagesLimit: metric('fanfare_log_messages_limit', 'The most entries that the log holds (HISTORY_SIZE).'),
  logBytes: metric('fanfare_log_bytes', 'Bytes of messages that the log holds.'),
  logBytesLimit: metric('fanfare_log_bytes_limit', 'The most bytes of messages that the log holds (HISTORY_BYTES).'),
  logAge: metric(
    'fanfare_log_oldest_age_seconds',
    'Age of the oldest entry of the log: where the log is full, how long a client may be away.',
  ),
  busSilence: metric(
    'fanfare_bus_silence_seconds',
    "Since when nothing came over the bus's subscription, which carries at least one probe in a few seconds.",
  ),
  buffered: metric('fanfare_buffered_bytes', 'Bytes written to streams that the kernel has not taken.'),
  slow: metric('fanfare_slow_streams', 'Streams with more than half of SLOW_CLIENT_BYTES unsent.'),
  flaskIntake: metric('fanfare_flask_intake', 'Whether this replica is the one that takes in what Flask apps publish.'),
  flaskWaiting: metric(
    'fanfare_flask_waiting_messages',
    'Messages of Flask apps that wait here to be taken into the log.',
  ),
  ready: metric('fanfare_ready', 'Whether /readyz answers 200.'),
  draining: metric('fanfare_draining', 'Whether this replica is closing its streams to stop.'),
} as const;

/** With a label for what is not known here. */
export const OTHERS = {
  busUp: metric('fanfare_bus_up', 'Whether the connection to the bus is ready.', { role: ROLES }),
  build: metric('fanfare_build_info', 'Always 1; the labels say what runs here.', {
    version: [],
    revision: [],
    replica: [],
    node: [],
  }),
  requests: metric('http_requests_total', 'Requests answered, but for streams.', ANSWER),
  requestDuration: metric('http_request_duration_seconds', 'From request to answer, but for streams.', ANSWER),
} as const;

/**
 * Which answers start at 0: those that clients and supervisors get every day, and what an alert would ask for. All
 * others that the labels allow are there once they happen.
 */
export const USUAL_ANSWERS: readonly (readonly [Method, Route, readonly CodeClass[]])[] = [
  ['POST', '/send', ['2xx', '3xx', '4xx', '5xx']],
  ['GET', '/stream', ['4xx', '5xx']],
  ['GET', '/livez', ['2xx']],
  ['GET', '/readyz', ['2xx', '5xx']],
  ['GET', 'page', ['2xx', '3xx']],
  ['HEAD', 'page', ['2xx']],
  ['GET', 'none', ['4xx']],
];

/** What prom-client and Node say of the process, as far as dashboards and rules ask. */
export const PROCESS = {
  started: 'process_start_time_seconds',
  cpu: 'process_cpu_seconds_total',
  memory: 'process_resident_memory_bytes',
  heap: 'nodejs_heap_size_used_bytes',
  external: 'nodejs_external_memory_bytes',
  files: 'process_open_fds',
  filesLimit: 'process_max_fds',
  loopLag: 'nodejs_eventloop_lag_p99_seconds',
  collection: 'nodejs_gc_duration_seconds',
} as const;
