// Everything that is not a stream: publishes, pages, probes.

import { OTHERS } from '../../../src/metric-catalogue.ts';
import { graph, type Row } from '../model.ts';
import { quantile, rateBy } from '../queries.ts';

export const http: Row = {
  title: 'HTTP',
  collapsed: true,
  panels: [
    graph({
      title: 'Requests',
      description: 'Requests answered, by route, streams not counted.',
      unit: 'perSecond',
      stacked: true,
      queries: [{ expr: rateBy(OTHERS.requests, 'method', 'route'), legend: '{{method}} {{route}}' }],
    }),
    graph({
      title: 'Answers',
      description: "Requests answered, by the answer's class. 4xx: the client is wrong. 5xx: we are, or Redis.",
      unit: 'perSecond',
      stacked: true,
      queries: [{ expr: rateBy(OTHERS.requests, 'code_class'), legend: '{{code_class}}' }],
    }),
    graph({
      title: 'Time to answer',
      description: 'From request to answer, by route.',
      unit: 'seconds',
      queries: [{ expr: quantile('$quantile', OTHERS.requestDuration, 'route'), legend: '{{route}}' }],
      steps: [{ from: 1, colour: 'orange' }],
    }),
  ],
};
