// GET /cluster and GET /channels: who is there, and who is listened to, over all replicas.

import type { Middleware } from 'koa';
import type { Access } from '../access/access.ts';
import { hearing } from '../access/identity.ts';
import { parseForm } from '../form.ts';
import type { Limits } from '../limits/limits.ts';
import type { Shared } from '../shared/shared.ts';
import { parseCount } from '../subscription.ts';
import { whileReachable } from '../unavailable.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

const away = (reason: string) => `What replicas share cannot be asked for now (${reason}): try again.`;

export function cluster(shared: Shared, access: Access): Middleware {
  return async (ctx) => {
    access.check(ctx, await access.identity(ctx), 'subscribe', []);
    const replicas = await whileReachable(shared.replicas(), away);
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { replicas: replicas.toSorted((a, b) => compare(a.name, b.name)) };
  };
}

/** In the order of names, from behind `after` on; of those that the asker may listen to. */
export function channels(shared: Shared, access: Access, limits: Limits): Middleware {
  return async (ctx) => {
    const identity = await access.identity(ctx);
    access.check(ctx, identity, 'subscribe', []);
    const limit = parseCount(ctx, 'limit', 1, MAX_LIMIT) ?? DEFAULT_LIMIT;
    const after = parseForm(ctx.querystring).get('after') ?? '';
    await limits.takeTurn(ctx);
    const list = await whileReachable(shared.channels(), away);
    ctx.set('Cache-Control', 'no-store');
    ctx.body = list.page(after, limit, hearing(identity));
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
