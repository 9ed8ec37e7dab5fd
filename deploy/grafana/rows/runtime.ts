// What a replica costs: CPU, memory, and the event loop that everything waits for.

import { GAUGES, HISTOGRAMS, PROCESS } from '../../../src/metric-catalogue.ts';
import { graph, type Row } from '../model.ts';
import { byReplica, quantile, rateBy, spent } from '../queries.ts';

export const loopLag = graph({
  title: 'Event loop lag p99',
  description:
    'How late the event loop comes to what is due. Every message and every heartbeat waits at least so long.',
  unit: 'seconds',
  queries: [{ expr: byReplica(PROCESS.loopLag), legend: '{{instance}}' }],
  steps: [
    { from: 0.1, colour: 'orange' },
    { from: 0.5, colour: 'red' },
  ],
});

export const memory = graph({
  title: 'Memory',
  description: 'Resident memory of each replica. It falls late after streams have gone; it must not climb day by day.',
  unit: 'bytes',
  queries: [{ expr: byReplica(PROCESS.memory), legend: '{{instance}}' }],
});

export const bytesPerStream = graph({
  title: 'Bytes per stream',
  description:
    "Resident memory over open streams, Node's own tens of MiB included: to be read when there are thousands.",
  unit: 'bytes',
  queries: [{ expr: `${byReplica(PROCESS.memory)} / (${byReplica(GAUGES.streams)} > 0)`, legend: '{{instance}}' }],
  mayBeEmpty: { reason: 'no stream is open', shown: 'No stream is open' },
});

export const cpu = graph({
  title: 'CPU',
  description: 'Cores that each replica uses. JavaScript has one; above 1 are its collector and other threads.',
  unit: 'ratio',
  queries: [{ expr: rateBy(PROCESS.cpu, 'instance'), legend: '{{instance}}' }],
  steps: [{ from: 0.8, colour: 'orange' }],
});

export const runtime: Row = {
  title: 'Runtime',
  collapsed: true,
  panels: [
    loopLag,
    cpu,
    memory,
    bytesPerStream,
    graph({
      title: 'Heap and buffers',
      description:
        "JavaScript's heap in use, and memory outside of it, which is mostly the ring's messages and buffers.",
      unit: 'bytes',
      queries: [
        { expr: byReplica(PROCESS.heap), legend: 'heap of {{instance}}' },
        { expr: byReplica(PROCESS.external), legend: 'buffers of {{instance}}' },
      ],
    }),
    graph({
      title: 'Garbage collection',
      description:
        'Part of the time that each replica spends on it, by kind. minor is usual; major is when streams go.',
      unit: 'ratio',
      queries: [{ expr: spent(PROCESS.collection, 'instance', 'kind'), legend: '{{kind}} of {{instance}}' }],
      steps: [{ from: 0.1, colour: 'orange' }],
    }),
    graph({
      title: 'Lateness of heartbeats',
      description: 'How late the sweep comes that writes heartbeats and ends what is too old or too slow.',
      unit: 'seconds',
      queries: [
        { expr: quantile(0.5, HISTOGRAMS.heartbeatLag), legend: 'p50' },
        { expr: quantile('$quantile', HISTOGRAMS.heartbeatLag), legend: 'p($quantile)' },
      ],
      steps: [{ from: 1, colour: 'orange' }],
    }),
    graph({
      title: 'Open files',
      description: 'Of what the process may open; each stream takes one. At 100 % no stream can be accepted.',
      unit: 'ratio',
      queries: [{ expr: `${byReplica(PROCESS.files)} / ${byReplica(PROCESS.filesLimit)}`, legend: '{{instance}}' }],
      steps: [
        { from: 0.8, colour: 'orange' },
        { from: 0.9, colour: 'red' },
      ],
    }),
    graph({
      title: 'Uptime',
      description: 'Since when each replica runs. A line that falls to 0 again and again is a replica that crashes.',
      unit: 'seconds',
      queries: [{ expr: `time() - ${byReplica(PROCESS.started)}`, legend: '{{instance}}' }],
    }),
  ],
};
