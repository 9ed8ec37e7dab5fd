// What supervisors ask. Liveness fails slow and never asks the bus: restarting a replica does not mend Redis.
// Readiness fails fast: it says whether a message published now would reach this replica's streams.

import type { Middleware } from 'koa';

export const livez: Middleware = (ctx) => {
  ctx.set('Cache-Control', 'no-store');
  ctx.body = { status: 'live' };
};

/** @param unready why this replica is not ready; empty where it is */
export function readyz(unready: () => readonly string[]): Middleware {
  return (ctx) => {
    const reasons = unready();
    ctx.set('Cache-Control', 'no-store');
    ctx.status = reasons.length === 0 ? 200 : 503;
    ctx.body = reasons.length === 0 ? { status: 'ready' } : { status: 'not ready', reasons };
  };
}
