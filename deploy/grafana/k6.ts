// What k6 tells Prometheus by remote write: its own metrics and those of the load test's SSE client. k6 puts `k6_` before
// every name, `_total` behind a counter's, and a quantile behind a trend's (K6_PROMETHEUS_RW_TREND_STATS=p(50),p(99)).

/** As the load test's client names them towards k6. A trend's unit stands in its name, since k6 does not convert it. */
const CLIENT = {
  /** Gauge: streams that have been opened and not ended. */
  streams: 'sse_streams',
  /** Counter: messages received, without control events. */
  events: 'sse_events',
  /** Counter: bytes received. */
  bytes: 'sse_bytes',
  /** Trend, seconds: from the publisher's clock in the message to the client's at its arrival. */
  delivery: 'sse_delivery_seconds',
  /** Counter: messages that never came although no reset was sent. Must stay 0. */
  gaps: 'sse_gaps',
  /** Counter: messages that came twice. Must stay 0. */
  duplicates: 'sse_duplicates',
  /** Counter: `fanfare:reset` events. */
  resets: 'sse_resets',
  /** Counter: streams opened again with a cursor. */
  reconnects: 'sse_reconnects',
} as const;

/** As Prometheus has them. */
export const K6 = {
  users: 'k6_vus',
  streams: `k6_${CLIENT.streams}`,
  events: `k6_${CLIENT.events}_total`,
  bytes: `k6_${CLIENT.bytes}_total`,
  deliveryP50: `k6_${CLIENT.delivery}_p50`,
  deliveryP99: `k6_${CLIENT.delivery}_p99`,
  gaps: `k6_${CLIENT.gaps}_total`,
  duplicates: `k6_${CLIENT.duplicates}_total`,
  resets: `k6_${CLIENT.resets}_total`,
  reconnects: `k6_${CLIENT.reconnects}_total`,
} as const;
