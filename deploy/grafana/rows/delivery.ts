// What becomes of a message, from the publisher's request to the last client's socket.

import { COUNTERS, HISTOGRAMS } from '../../../src/metric-catalogue.ts';
import { graph, heatmap, type Row } from '../model.ts';
import { buckets, quantile, rate, rateBy, replicas, sum } from '../queries.ts';
import { LATE_SECONDS } from './now.ts';
import { sending } from './sending.ts';

const LATE = [
  { from: 0.25, colour: 'orange' },
  { from: LATE_SECONDS, colour: 'red' },
] as const;

export const deliveryLatency = graph({
  title: 'Delivery latency',
  description: "From a message in the log to the last local client's socket, over all replicas.",
  unit: 'seconds',
  width: 12,
  height: 9,
  queries: [
    { expr: quantile(0.5, HISTOGRAMS.latency), legend: 'p50' },
    { expr: quantile(0.95, HISTOGRAMS.latency), legend: 'p95' },
    { expr: quantile(0.99, HISTOGRAMS.latency), legend: 'p99' },
  ],
  steps: LATE,
});

export const deliveredEvents = graph({
  title: 'Delivered by replica',
  description: 'Messages written to clients, one for each recipient.',
  unit: 'perSecond',
  stacked: true,
  queries: [{ expr: rateBy(COUNTERS.delivered, 'instance'), legend: '{{instance}}' }],
});

export const repairsAndResets = graph({
  title: 'Repairs and resets',
  description:
    'Repairs: the log filled what pub/sub dropped; no client noticed. Resets: it could not, and clients were told so.',
  unit: 'perSecond',
  queries: [
    { expr: rateBy(COUNTERS.repairs, 'reason'), legend: 'repair: {{reason}}' },
    { expr: rateBy(COUNTERS.resets, 'reason'), legend: 'reset: {{reason}}' },
  ],
});

export const publishing = graph({
  title: 'Publishing',
  description:
    'What /send answered. repeated: the same Idempotency-Key again, nothing added. rejected: the publisher is wrong. error: Redis.',
  unit: 'perSecond',
  stacked: true,
  queries: [{ expr: rateBy(COUNTERS.published, 'result'), legend: '{{result}}' }],
});

export const timeToPublish = graph({
  title: 'Time to publish',
  description: "From the publisher's request to the message in the log: the leg before delivery latency begins.",
  unit: 'seconds',
  queries: [
    { expr: quantile(0.5, HISTOGRAMS.publish), legend: 'p50' },
    { expr: quantile('$quantile', HISTOGRAMS.publish), legend: 'p($quantile)' },
  ],
  steps: LATE,
});

export const delivery: Row = {
  title: 'Delivery',
  panels: [
    heatmap({
      title: 'Delivery latency, all messages',
      description:
        "How many messages took how long from the log to the last local client's socket. A second band is a second cause.",
      unit: 'seconds',
      queries: [{ expr: buckets(HISTOGRAMS.latency), legend: '{{le}}', unit: 'perSecond' }],
    }),
    deliveryLatency,
    graph({
      title: 'Published, taken from the bus, delivered',
      description:
        'Every replica takes every message from the bus: taken is divided by the replicas, so that it lies on published.',
      unit: 'perSecond',
      queries: [
        { expr: sum(rate(COUNTERS.published, { result: 'ok' })), legend: 'published' },
        { expr: `${sum(rate(COUNTERS.busMessages))} / ${replicas}`, legend: 'taken by each replica' },
        { expr: sum(rate(COUNTERS.delivered)), legend: 'delivered' },
      ],
    }),
    deliveredEvents,
    graph({
      title: 'Fan-out factor',
      description: 'Clients that one message goes to, on average; 0 while nothing is sent.',
      unit: 'factor',
      queries: [
        {
          expr: `${sum(rate(COUNTERS.delivered))} / (${sum(rate(COUNTERS.published, { result: 'ok' }))} > 0) or vector(0)`,
          legend: 'recipients of a message',
        },
      ],
    }),
    graph({
      title: 'Fan-out duration',
      description: "A replica's own part: from the frame that came in to the last local client's socket.",
      unit: 'seconds',
      queries: [
        { expr: quantile(0.5, HISTOGRAMS.fanout), legend: 'p50' },
        { expr: quantile('$quantile', HISTOGRAMS.fanout), legend: 'p($quantile)' },
      ],
      steps: LATE,
    }),
    publishing,
    timeToPublish,
    repairsAndResets,
    graph({
      title: 'Resumes',
      description:
        "Streams that came back with a position: found in the replica's memory (ring), read from Redis (log), or nowhere.",
      unit: 'perSecond',
      stacked: true,
      queries: [{ expr: rateBy(COUNTERS.resumed, 'source', 'result'), legend: '{{source}}, {{result}}' }],
    }),
    graph({
      title: 'Replayed',
      description: 'Messages written to streams that catch up, beside those delivered live.',
      unit: 'perSecond',
      queries: [{ expr: rateBy(COUNTERS.replayed, 'instance'), legend: '{{instance}}' }],
    }),
    ...sending,
  ],
};
