// The HTTP interface: which path leads where. Assembled from parts that are passed in, and without effects of its own.

import Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import type { Bus } from './bus/bus.ts';
import type { Logger } from './log.ts';
import type { Method, Route } from './metric-catalogue.ts';
import type { Metrics } from './metrics.ts';
import type { Observers } from './observers.ts';
import { problems } from './problem.ts';
import type { Replay } from './replay.ts';
import { pages } from './routes/pages.ts';
import { type SendOptions, send } from './routes/send.ts';
import { livez, readyz } from './routes/status.ts';
import { type StreamRouteOptions, stream } from './routes/stream.ts';
import type { Streams } from './streams.ts';

const METHODS: ReadonlyMap<string, Method> = new Map(
  (['GET', 'HEAD', 'POST', 'OPTIONS'] as const).map((method) => [method, method]),
);

export interface AppParts {
  readonly bus: Bus;
  readonly streams: Streams;
  readonly replay: Replay;
  readonly metrics: Metrics;
  readonly observers: Observers;
  readonly log: Logger;
  /** The folder of the pages. */
  readonly publicRoot: string;
}

export function createApp(parts: AppParts, options: SendOptions & StreamRouteOptions): Koa {
  const { bus, streams, replay, metrics, observers, log, publicRoot } = parts;
  const router = new Router({ strict: true, sensitive: true })
    .post('/send' satisfies Route, send(bus, observers.send, options))
    .get('/stream' satisfies Route, stream(bus, streams, replay, observers.stream, options))
    .get('/livez' satisfies Route, livez)
    .get('/readyz' satisfies Route, readyz(bus, options.draining));
  const app = new Koa({ proxy: options.trustProxy, maxIpsCount: 1 });
  app.use(timed(metrics));
  app.use(problems(log, options.trustProxy));
  app.use(router.routes());
  app.use(router.allowedMethods());
  app.use(pages(publicRoot));
  // A client that goes away in the middle of a request is no news.
  app.on('error', (error: NodeJS.ErrnoException) => log.debug({ err: error }, 'a connection failed'));
  return app;
}

/** Counts every answer but streams, by route and never by raw path. */
function timed(metrics: Metrics): Middleware {
  return async (ctx, next) => {
    const begun = performance.now();
    await next();
    if (ctx.respond === false) return;
    const seconds = (performance.now() - begun) / 1000;
    metrics.request(METHODS.get(ctx.method) ?? 'other', routeOf(ctx), ctx.status, seconds);
  };
}

function routeOf(ctx: Context): Route {
  // The path as it stands above, where one of them was taken.
  const matched = ctx['_matchedRoute'] as Route | undefined;
  return matched ?? (ctx.status < 400 ? 'page' : 'none');
}
