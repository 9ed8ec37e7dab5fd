// What comes from Flask apps, past /send: that one replica takes it in, how much, and what is not taken.

import { COUNTERS, GAUGES } from '../../../src/metric-catalogue.ts';
import { graph, type Row } from '../model.ts';
import { byReplica, rateBy } from '../queries.ts';

export const flask: Row = {
  title: 'Flask apps',
  collapsed: true,
  panels: [
    graph({
      title: 'Who takes in',
      description:
        'Which replica takes what Flask apps publish into the log, one at a time: its line is at 1. All at 0 for more than three seconds, where FLASK_SSE_CHANNELS is set: nobody does, and what is published meanwhile may be lost.',
      unit: 'count',
      max: 1,
      queries: [{ expr: byReplica(GAUGES.flaskIntake), legend: '{{instance}}' }],
    }),
    graph({
      title: 'Taken from Flask apps',
      description: 'Messages of Flask apps that were taken into the log.',
      unit: 'perSecond',
      stacked: true,
      queries: [{ expr: rateBy(COUNTERS.flaskTaken, 'instance'), legend: '{{instance}}' }],
    }),
    graph({
      title: 'Not taken from Flask apps',
      description:
        'text: no UTF-8. size: longer than MAX_MESSAGE_BYTES. event: a name that is reserved, too long or has a line end. overflow: more waited than a replica keeps, since Redis takes nothing in. lost: Redis was restarted or emptied, and nobody knows whether they had been taken.',
      unit: 'perSecond',
      stacked: true,
      queries: [{ expr: rateBy(COUNTERS.flaskDropped, 'reason'), legend: '{{reason}}' }],
      steps: [{ from: 0.01, colour: 'orange' }],
    }),
    graph({
      title: 'Waiting from Flask apps',
      description: 'Messages that wait to be taken. Usually none: a line that climbs is a Redis that takes nothing in.',
      unit: 'count',
      queries: [{ expr: byReplica(GAUGES.flaskWaiting), legend: '{{instance}}' }],
      steps: [{ from: 5_000, colour: 'orange' }],
    }),
  ],
};
