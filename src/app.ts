// The HTTP interface: which path leads where. Assembled from parts that are passed in, and without effects of its own.

import { METHODS as HTTP_METHODS } from 'node:http';
import Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import type { Access } from './access/access.ts';
import type { Bus } from './bus/bus.ts';
import { crossOrigin } from './cors.ts';
import type { Limits } from './limits/limits.ts';
import type { Logger } from './log.ts';
import type { LogReader } from './log-reader.ts';
import type { Method, Route } from './metric-labels.ts';
import type { Metrics } from './metrics.ts';
import type { Observers } from './observers.ts';
import { OverLimit, problems } from './problem.ts';
import type { Replay } from './replay.ts';
import { beginSession, endSession, kick, ticket } from './routes/access.ts';
import { type HistoryOptions, history } from './routes/history.ts';
import { PAGES, pages } from './routes/pages.ts';
import { channels, cluster } from './routes/presence.ts';
import { type SendOptions, send } from './routes/send.ts';
import { livez, readyz } from './routes/status.ts';
import { comeBackLater, type StreamRouteOptions, stream } from './routes/stream.ts';
import type { Shared } from './shared/shared.ts';
import type { Streams } from './streams.ts';

const METHODS: ReadonlyMap<string, Method> = new Map(
  (['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'] as const).map((method) => [method, method]),
);

export interface AppParts {
  readonly bus: Bus;
  readonly reader: LogReader;
  readonly shared: Shared;
  readonly access: Access;
  readonly limits: Limits;
  readonly streams: Streams;
  readonly replay: Replay;
  /** Why this replica is not ready; empty where it is. */
  readonly unready: () => readonly string[];
  readonly metrics: Metrics;
  readonly observers: Observers;
  readonly log: Logger;
  /** The folder of the pages. */
  readonly publicRoot: string;
}

export interface AppOptions extends SendOptions, StreamRouteOptions, HistoryOptions {
  readonly retryMs: number;
  /** Origins whose pages may use this server. */
  readonly corsOrigins: readonly string[];
}

export function createApp(parts: AppParts, options: AppOptions): Koa {
  const { bus, shared, access, limits, metrics, observers, log, publicRoot } = parts;
  const limited = counted(observers.limited);
  const router = new Router({ strict: true, sensitive: true, methods: [...HTTP_METHODS] })
    .post('/send' satisfies Route, limited, send(bus, access, limits, observers.send, options))
    .get('/stream' satisfies Route, comeBackLater(options), limited, stream(parts, observers.stream, options))
    .get('/history' satisfies Route, limited, history(parts, options))
    .get('/channels' satisfies Route, channels(shared, access, limits))
    .get('/cluster' satisfies Route, cluster(shared, access))
    .post('/ticket' satisfies Route, ticket(access, limits))
    .post('/session' satisfies Route, beginSession(access))
    .delete('/session' satisfies Route, endSession(access))
    .delete('/streams' satisfies Route, kick(access, shared))
    .get('/livez' satisfies Route, livez)
    .get('/readyz' satisfies Route, readyz(parts.unready))
    // Served below; here is said which methods they take.
    .get(PAGES, (_ctx, next) => next());
  const app = new Koa({ proxy: options.trustProxy, maxIpsCount: 1 });
  app.use(timed(metrics));
  app.use(hardened);
  app.use(crossOrigin(options.corsOrigins));
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

/** What is not a page is nothing that a browser should run, frame, or take for something else. */
const hardened: Middleware = (ctx, next) => {
  ctx.set('X-Content-Type-Options', 'nosniff');
  ctx.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  ctx.set('Cross-Origin-Resource-Policy', 'same-origin');
  ctx.set('Referrer-Policy', 'no-referrer');
  return next();
};

/** Every limit is counted here, wherever it was hit, and however that is then answered. */
function counted(limited: Observers['limited']): Middleware {
  return async (_ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof OverLimit) limited(error.limit);
      throw error;
    }
  };
}

function routeOf(ctx: Context): Route {
  // The path as it stands above, where one of them was taken.
  const matched = ctx['_matchedRoute'] as Route | undefined;
  if (matched === undefined || PAGES.includes(matched)) return ctx.status < 400 ? 'page' : 'none';
  return matched;
}
