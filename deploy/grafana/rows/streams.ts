// Who is listening: how many, how evenly, how they come and why they go.

import { COUNTERS, GAUGES, HISTOGRAMS } from '../../../src/metric-catalogue.ts';
import { graph, type Row } from '../model.ts';
import { byReplica, quantile, rate, rateBy, series, sum } from '../queries.ts';

export const streamsByReplica = graph({
  title: 'Streams by replica',
  description: 'Open streams, stacked: the top edge is how many clients are listening.',
  unit: 'count',
  stacked: true,
  queries: [{ expr: byReplica(GAUGES.streams), legend: '{{instance}}' }],
});

export const opensAndCloses = graph({
  title: 'Opens and closes',
  description:
    'Streams that begin, above, and end, below. Resumed: the client had been here before and goes on where it was.',
  unit: 'perSecond',
  queries: [
    { expr: sum(rate(COUNTERS.opened, { resumed: 'false' })), legend: 'new' },
    { expr: sum(rate(COUNTERS.opened, { resumed: 'true' })), legend: 'resumed' },
    { expr: sum(rate(COUNTERS.closed)), legend: 'closed', below: true },
  ],
});

export const closesByReason = graph({
  title: 'Closes by reason',
  description:
    'client: it went away. age: it was sent to another replica in good time. drain: its replica stops. slow: it did not read. expired, kicked: its token. replay: it was far behind, and comes back for more. error: see the log.',
  unit: 'perSecond',
  stacked: true,
  queries: [{ expr: rateBy(COUNTERS.closed, 'reason'), legend: '{{reason}}' }],
});

export const streams: Row = {
  title: 'Streams',
  panels: [
    streamsByReplica,
    opensAndCloses,
    closesByReason,
    graph({
      title: 'Rejected streams',
      description:
        'Streams refused. capacity, draining and unready (it does not know the log yet): nginx takes them to another replica. bad_request: the client is wrong. unauthorized, forbidden: its token is. rate: it asks for too much.',
      unit: 'perSecond',
      stacked: true,
      queries: [{ expr: rateBy(COUNTERS.rejected, 'reason'), legend: '{{reason}}' }],
      steps: [{ from: 1, colour: 'orange' }],
    }),
    graph({
      title: 'Imbalance',
      description:
        'Streams of the fullest replica over the average: 1 is even. A new replica gets its share as streams reach their age.',
      unit: 'factor',
      min: 1,
      queries: [
        {
          expr: `max(${series(GAUGES.streams)}) / (avg(${series(GAUGES.streams)}) > 0) or vector(1)`,
          legend: 'fullest / average',
        },
      ],
      steps: [{ from: 1.5, colour: 'orange' }],
    }),
    graph({
      title: 'Share of the stream limit',
      description: 'How full each replica is. At 100 % it refuses streams, and nginx takes them to another one.',
      unit: 'ratio',
      queries: [{ expr: `${byReplica(GAUGES.streams)} / ${byReplica(GAUGES.streamsLimit)}`, legend: '{{instance}}' }],
      steps: [
        { from: 0.8, colour: 'orange' },
        { from: 0.95, colour: 'red' },
      ],
    }),
    graph({
      title: 'Time to open a stream',
      description: "From a stream's request to its first block written, replay included.",
      unit: 'seconds',
      queries: [
        { expr: quantile(0.5, HISTOGRAMS.setup), legend: 'p50' },
        { expr: quantile('$quantile', HISTOGRAMS.setup), legend: 'p($quantile)' },
      ],
      steps: [{ from: 1, colour: 'orange' }],
    }),
    graph({
      title: 'Lifetime of ended streams',
      description: 'How long streams lived. Far below the age limit: something between here and the clients cuts them.',
      unit: 'seconds',
      queries: [
        { expr: quantile(0.5, HISTOGRAMS.lifetime), legend: 'p50' },
        { expr: quantile(0.95, HISTOGRAMS.lifetime), legend: 'p95' },
      ],
    }),
    graph({
      title: 'Channels and subscriptions',
      description:
        'Channels that somebody listens to, counted by each replica for itself, and pairs of a stream and one of its channels.',
      unit: 'count',
      queries: [
        { expr: sum(series(GAUGES.channels)), legend: 'channels' },
        { expr: sum(series(GAUGES.subscriptions)), legend: 'subscriptions' },
      ],
    }),
  ],
};
