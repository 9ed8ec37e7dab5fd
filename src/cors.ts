// Which pages of other origins may use this server (WHATWG Fetch, 3.3): those that are named, with the user's cookies,
// and never all of them.

import cors from '@koa/cors';
import type { Middleware } from 'koa';

const PREFLIGHT_S = 7_200;

/** @param origins as browsers send them, such as `https://example.org` */
export function crossOrigin(origins: readonly string[]): Middleware {
  if (origins.length === 0) return (_ctx, next) => next();
  return cors({
    origin: (ctx) => {
      const origin = ctx.get('Origin');
      return origins.includes(origin) ? origin : '';
    },
    credentials: true,
    allowMethods: ['GET', 'HEAD', 'POST', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'Last-Event-ID', 'traceparent'],
    exposeHeaders: ['Retry-After', 'WWW-Authenticate'],
    maxAge: PREFLIGHT_S,
  });
}
