// Who is turned away for who they are, and who for asking for too much.

import { COUNTERS } from '../../../src/metric-catalogue.ts';
import { graph, type Row } from '../model.ts';
import { rateBy } from '../queries.ts';

export const limits: Row = {
  title: 'Access and limits',
  collapsed: true,
  panels: [
    graph({
      title: 'Refused for who asked',
      description:
        'missing: no token. invalid: not one of ours; many of them are an attack, or a key that was changed on one side only. expired: clients that do not renew. forbidden: a channel that the token does not cover. origin: a page of somebody else used a cookie.',
      unit: 'perSecond',
      stacked: true,
      queries: [{ expr: rateBy(COUNTERS.accessRefused, 'reason'), legend: '{{reason}}' }],
      steps: [{ from: 1, colour: 'orange' }],
    }),
    graph({
      title: 'Limits hit',
      description:
        'Requests refused, or streams ended, at a limit, by the limit. Everything that was there before goes on. Many addresses at once: the limit is too low, or they share a proxy.',
      unit: 'perSecond',
      stacked: true,
      queries: [{ expr: rateBy(COUNTERS.limited, 'limit'), legend: '{{limit}}' }],
      steps: [{ from: 1, colour: 'orange' }],
    }),
  ],
};
