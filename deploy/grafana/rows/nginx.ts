// nginx, as its exporter sees it: the clients' side of every stream.

import { NGINX } from '../../exporters.ts';
import { graph, type Row } from '../model.ts';

const one = (name: string) => `${name}{job="nginx"}`;
const rate = (name: string) => `rate(${one(name)}[$__rate_interval])`;

export const nginx: Row = {
  title: 'nginx',
  collapsed: true,
  panels: [
    graph({
      title: 'nginx up',
      description: 'Whether nginx answers its exporter.',
      unit: 'count',
      max: 1,
      queries: [{ expr: one(NGINX.up), legend: '{{instance}}' }],
    }),
    graph({
      title: 'nginx connections',
      description:
        'writing: being answered, which is what an open stream is. waiting: idle, kept for the next request.',
      unit: 'count',
      stacked: true,
      queries: [
        { expr: one(NGINX.writing), legend: 'writing' },
        { expr: one(NGINX.reading), legend: 'reading' },
        { expr: one(NGINX.waiting), legend: 'waiting' },
      ],
    }),
    graph({
      title: 'Connections through nginx',
      description: 'Connections accepted. dropped: accepted and not handled, since worker_connections are exhausted.',
      unit: 'perSecond',
      queries: [
        { expr: rate(NGINX.accepted), legend: 'accepted' },
        { expr: `${rate(NGINX.accepted)} - ${rate(NGINX.handled)}`, legend: 'dropped' },
      ],
    }),
    graph({
      title: 'Requests through nginx',
      description: 'All requests, streams and publishes and pages.',
      unit: 'perSecond',
      width: 12,
      queries: [{ expr: rate(NGINX.requests), legend: 'requests' }],
    }),
    graph({
      title: 'Open connections of nginx',
      description: 'All of them, to clients and kept idle, of which worker_connections is the limit.',
      unit: 'count',
      width: 12,
      queries: [{ expr: one(NGINX.active), legend: 'active' }],
    }),
  ],
};
