// One line for each replica, to find the one that is not like the others.

import { COUNTERS, GAUGES, OTHERS, PROCESS } from '../../../src/metric-catalogue.ts';
import { PROMETHEUS } from '../../exporters.ts';
import { graph, type Row, table } from '../model.ts';
import { byReplica, rateBy, series } from '../queries.ts';

const YES_IS_GOOD = { 0: { text: 'no', colour: 'red' }, 1: { text: 'yes', colour: 'green' } } as const;
const YES_IS_PASSING = { 0: { text: 'no', colour: 'green' }, 1: { text: 'yes', colour: 'orange' } } as const;

const replicasTable = table({
  title: 'Replicas',
  description: 'Everything about each replica in one line. Replicas are equal: one that is not deserves a look.',
  unit: 'count',
  width: 18,
  queries: [
    {
      expr: `max by (instance, replica, version, revision, node) (${series(OTHERS.build)})`,
      legend: 'Build',
      info: true,
    },
    { expr: byReplica(GAUGES.ready), legend: 'Ready', unit: 'words', words: YES_IS_GOOD },
    { expr: byReplica(GAUGES.draining), legend: 'Draining', unit: 'words', words: YES_IS_PASSING },
    { expr: byReplica(GAUGES.streams), legend: 'Streams' },
    { expr: rateBy(COUNTERS.delivered, 'instance'), legend: 'Delivered', unit: 'perSecond' },
    {
      expr: byReplica(PROCESS.loopLag),
      legend: 'Loop lag p99',
      unit: 'seconds',
      steps: [
        { from: 0.1, colour: 'orange' },
        { from: 0.5, colour: 'red' },
      ],
    },
    { expr: byReplica(PROCESS.memory), legend: 'Memory', unit: 'bytes' },
    { expr: `time() - ${byReplica(PROCESS.started)}`, legend: 'Uptime', unit: 'seconds' },
  ],
  columns: { instance: 'Address', replica: 'Replica', version: 'Version', revision: 'Revision', node: 'Node' },
});

export const replicas: Row = {
  title: 'Replicas',
  panels: [
    replicasTable,
    graph({
      title: 'Targets up',
      description:
        'Targets that answer Prometheus, by job. A replica that is gone is no longer found, rather than down.',
      unit: 'count',
      width: 6,
      queries: [{ expr: `sum by (job) (${PROMETHEUS.up})`, legend: '{{job}}' }],
    }),
  ],
};
