// What supervisors ask. Liveness fails slow and never asks the bus: restarting a replica does not mend Redis.
// Readiness fails fast: it says whether a message published now would reach this replica's streams.

import type { Middleware } from 'koa';
import type { Bus } from '../bus/bus.ts';

export const livez: Middleware = (ctx) => {
  ctx.set('Cache-Control', 'no-store');
  ctx.body = { status: 'live' };
};

/** Why this replica is not ready; empty where it is. */
export function unready(bus: Bus, draining: () => boolean): readonly string[] {
  return draining() ? ['draining', ...bus.unready()] : bus.unready();
}

export function readyz(bus: Bus, draining: () => boolean): Middleware {
  return (ctx) => {
    const reasons = unready(bus, draining);
    ctx.set('Cache-Control', 'no-store');
    ctx.status = reasons.length === 0 ? 200 : 503;
    ctx.body = reasons.length === 0 ? { status: 'ready' } : { status: 'not ready', reasons };
  };
}
