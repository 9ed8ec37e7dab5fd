// What k6 tells Prometheus by remote write: its own metrics and those of the load tests' streams. k6 puts `k6_` before every
// name, `_total` behind a counter's, and a quantile behind a trend's, and makes seconds of the milliseconds of trends alone.

/** As Prometheus has them. Which trends' quantiles there are, load/k6/run says. */
export const K6 = {
  users: 'k6_vus',
  /** Streams that are open. */
  streams: 'k6_sse_streams',
  /** Messages received, without control events. */
  events: 'k6_sse_events_total',
  bytes: 'k6_sse_bytes_total',
  /** Milliseconds from the publisher's clock in the message to the client's at its arrival, of the last second. */
  deliveryP50: 'k6_sse_delivery_p50',
  deliveryP99: 'k6_sse_delivery_p99',
  /** From a stream lost to its first event elsewhere. */
  reconnectP99: 'k6_sse_reconnect_p99',
  /** Messages that never came although no reset was sent, that came twice, or in another order. Must stay 0. */
  gaps: 'k6_sse_gaps_total',
  duplicates: 'k6_sse_duplicates_total',
  reorderings: 'k6_sse_reorderings_total',
  /** Messages that were acknowledged and had not come at the end, or came and were not. Must stay 0. */
  undelivered: 'k6_undelivered_total',
  /** `fanfare:reset` events. */
  resets: 'k6_sse_resets_total',
  /** Streams opened again, and those of them that went on where they had been. */
  reconnects: 'k6_sse_reconnects_total',
  resumed: 'k6_sse_resumed_total',
} as const;
