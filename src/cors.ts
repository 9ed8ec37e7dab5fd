// Which pages of other origins may use this server (WHATWG Fetch, 3.3): those that are named, with the user's cookies,
// and never all of them.

import type { IncomingMessage } from 'node:http';
import cors from '@koa/cors';
import type { Middleware } from 'koa';

const PREFLIGHT_S = 7_200;
const EXPOSED = 'Retry-After,WWW-Authenticate';

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
    exposeHeaders: EXPOSED,
    maxAge: PREFLIGHT_S,
  });
}

/** Says the same of an answer that is given before the middleware is asked. */
export type SpeakToOrigin = (request: IncomingMessage) => Readonly<Record<string, string>>;

/** @param origins as for `crossOrigin` */
export function speakTo(origins: readonly string[]): SpeakToOrigin {
  return ({ headers: { origin = '' } }) => {
    if (origins.length === 0) return {};
    if (!origins.includes(origin)) return { Vary: 'Origin' };
    const allowed = { 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true' };
    return { Vary: 'Origin', ...allowed, 'Access-Control-Expose-Headers': EXPOSED };
  };
}
