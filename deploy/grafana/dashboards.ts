// The two dashboards, row by row.

import type { Dashboard } from './model.ts';
import { bus } from './rows/bus.ts';
import { clients, verdicts } from './rows/clients.ts';
import { delivery } from './rows/delivery.ts';
import { flask } from './rows/flask.ts';
import { http } from './rows/http.ts';
import { limits } from './rows/limits.ts';
import { nginx } from './rows/nginx.ts';
import { now } from './rows/now.ts';
import { redis } from './rows/redis.ts';
import { replicas } from './rows/replicas.ts';
import { runtime } from './rows/runtime.ts';
import { cost, servers } from './rows/servers.ts';
import { streams } from './rows/streams.ts';

export const cluster: Dashboard = {
  uid: 'fanfare-cluster',
  title: 'Fanfare: cluster',
  description: 'Are users getting their messages now, and if not, why?',
  rows: [now, streams, delivery, bus, replicas, runtime, redis, nginx, http, limits, flask],
};

const loadTest: Dashboard = {
  uid: 'fanfare-load-test',
  title: 'Fanfare: load test',
  description: 'What the clients of a load test saw, over what the servers said of the same moments.',
  rows: [verdicts, clients, servers, cost],
};

/** By the name of the file that each is written to. */
export const DASHBOARDS = { cluster, 'load-test': loadTest } as const;
