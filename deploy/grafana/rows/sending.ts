// What leaves for clients' sockets, and what they leave unread.

import { COUNTERS, GAUGES } from '../../../src/metric-catalogue.ts';
import { graph, type Panel } from '../model.ts';
import { byReplica, rateBy } from '../queries.ts';

export const slowStreams = graph({
  title: 'Slow streams',
  description: 'Streams with more than half of what a client may leave unread. Beyond the limit they are closed.',
  unit: 'count',
  stacked: true,
  queries: [{ expr: byReplica(GAUGES.slow), legend: '{{instance}}' }],
  steps: [{ from: 1, colour: 'orange' }],
});

export const sentBytes = graph({
  title: 'Sent',
  description: 'Bytes of events written to streams.',
  unit: 'bytesPerSecond',
  stacked: true,
  queries: [{ expr: rateBy(COUNTERS.sentBytes, 'instance'), legend: '{{instance}}' }],
});

export const sending: readonly Panel[] = [
  slowStreams,
  graph({
    title: 'Unsent bytes',
    description: 'Written to streams and not yet taken by the kernel: memory that slow clients hold.',
    unit: 'bytes',
    stacked: true,
    queries: [{ expr: byReplica(GAUGES.buffered), legend: '{{instance}}' }],
  }),
  sentBytes,
  graph({
    title: 'Heartbeats',
    description: 'Heartbeats written to streams that had nothing else to carry.',
    unit: 'perSecond',
    queries: [{ expr: rateBy(COUNTERS.heartbeats, 'instance'), legend: '{{instance}}' }],
  }),
];
