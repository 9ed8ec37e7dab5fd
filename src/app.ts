// The HTTP interface: which path leads where. Assembled from parts that are passed in, and without effects of its own.

import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Bus } from './bus/bus.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Observers } from './observers.ts';
import { problems } from './problem.ts';
import type { Replay } from './replay.ts';
import { pages } from './routes/pages.ts';
import { type SendOptions, send } from './routes/send.ts';
import { livez, readyz } from './routes/status.ts';
import { type StreamRouteOptions, stream } from './routes/stream.ts';
import type { Streams } from './streams.ts';

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
    .post('/send', send(bus, observers.send, options))
    .get('/stream', stream(bus, streams, replay, observers.stream, options))
    .get('/livez', livez)
    .get('/readyz', readyz(bus, options.draining));
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
    const route = typeof ctx['_matchedRoute'] === 'string' ? ctx['_matchedRoute'] : ctx.status < 400 ? 'page' : 'none';
    metrics.request(knownMethod(ctx.method), route, ctx.status, (performance.now() - begun) / 1000);
  };
}

// A method is the client's word, and a label must not grow.
function knownMethod(method: string): string {
  return ['GET', 'HEAD', 'POST', 'OPTIONS'].includes(method) ? method : 'other';
}
