// The bus and the log: whether replicas hear each other, and how long a client may be away.

import { COUNTERS, GAUGES, HISTOGRAMS, OTHERS } from '../../../src/metric-catalogue.ts';
import { graph, type Row } from '../model.ts';
import { byReplica, quantile, rateBy, series } from '../queries.ts';

export const busRoundtrip = graph({
  title: 'Bus roundtrip',
  description:
    'A probe that each replica publishes and hears again itself: what Redis and the network take. Each sends one about every five seconds at least, amid traffic too.',
  unit: 'seconds',
  queries: [
    { expr: quantile(0.5, HISTOGRAMS.roundtrip), legend: 'p50' },
    { expr: quantile('$quantile', HISTOGRAMS.roundtrip), legend: 'p($quantile)' },
  ],
  steps: [
    { from: 0.1, colour: 'orange' },
    { from: 1, colour: 'red' },
  ],
});

export const bus: Row = {
  title: 'Bus and log',
  panels: [
    busRoundtrip,
    graph({
      title: 'Silence on the bus',
      description:
        'Since when a replica heard nothing, not even a probe. A few seconds are usual; a line that climbs is a replica that is deaf.',
      unit: 'seconds',
      queries: [{ expr: byReplica(GAUGES.busSilence), legend: '{{instance}}' }],
      steps: [
        { from: 10, colour: 'orange' },
        { from: 15, colour: 'red' },
      ],
    }),
    graph({
      title: 'Bus connections',
      description: 'Whether the connections to Redis are ready, the least of all replicas: 1 is up, 0 is down.',
      unit: 'count',
      max: 1,
      queries: [{ expr: `min by (role) (${series(OTHERS.busUp)})`, legend: '{{role}}' }],
    }),
    graph({
      title: 'Bus reconnects',
      description:
        'Connections to Redis that were lost. Publishes fail until commands are back; messages wait in the log.',
      unit: 'perSecond',
      queries: [{ expr: rateBy(COUNTERS.reconnects, 'role', 'instance'), legend: '{{role}} of {{instance}}' }],
    }),
    graph({
      title: 'How long a client may be away',
      description: 'Age of the oldest message in the log: who comes back within this time gets all that it missed.',
      unit: 'seconds',
      queries: [{ expr: `max(${series(GAUGES.logAge)})`, legend: 'oldest message' }],
    }),
    graph({
      title: 'Log',
      description: 'What the log holds, of what it may hold. At 100 % of either the oldest messages go.',
      unit: 'ratio',
      max: 1,
      queries: [
        {
          expr: `max(${series(GAUGES.logMessages)}) / max(${series(GAUGES.logMessagesLimit)})`,
          legend: 'messages (HISTORY_SIZE)',
        },
        {
          expr: `max(${series(GAUGES.logBytes)}) / max(${series(GAUGES.logBytesLimit)})`,
          legend: 'bytes (HISTORY_BYTES)',
        },
      ],
    }),
  ],
};
