// GET /history: the log of some channels in pages, for who wants to see what was before, or wants no stream.

import type { Context, Middleware } from 'koa';
import type { Access } from '../access/access.ts';
import { type Identity, mayHear } from '../access/identity.ts';
import type { Bus } from '../bus/bus.ts';
import type { MessageEntry } from '../entry.ts';
import { ownTurn } from '../hand-over.ts';
import { HistoryAsker, type HistoryPage, type HistoryQuery, readHistory } from '../history.ts';
import type { Limits } from '../limits/limits.ts';
import type { LogReader } from '../log-reader.ts';
import { PagePlaces } from '../page-places.ts';
import { decodeBlock } from '../sse.ts';
import { parseChannels, parseCount, rawCursor } from '../subscription.ts';
import { whileReachable } from '../unavailable.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

const away = (reason: string) => `The log cannot be read now (${reason}): try again.`;

export interface HistoryOptions {
  readonly maxChannelsPerStream: number;
}

export interface HistoryRouteParts {
  readonly bus: Bus;
  readonly reader: LogReader;
  readonly access: Access;
  readonly limits: Limits;
}

export function history(
  { bus, reader, access, limits }: HistoryRouteParts,
  { maxChannelsPerStream }: HistoryOptions,
): Middleware {
  const places = new PagePlaces();

  /** Undefined where nobody is there for it any more. */
  async function build(ctx: Context, identity: Identity | undefined, query: HistoryQuery) {
    const socket = await ownTurn(ctx.req, ctx.res);
    if (socket.destroyed || !(await places.take(ctx.res))) return undefined;
    // Rights may have ended meanwhile.
    access.check(ctx, identity, 'subscribe', query.channels);
    const source = { bus, reader, asker: new HistoryAsker(() => socket.destroyed) };
    return readHistory(source, query, (message) => shown(message, identity));
  }

  return async (ctx) => {
    const identity = await access.identity(ctx);
    access.check(ctx, identity, 'subscribe', []);
    const channels = parseChannels(ctx, maxChannelsPerStream);
    access.check(ctx, identity, 'subscribe', channels);
    const limit = parseCount(ctx, 'limit', 1, MAX_LIMIT) ?? DEFAULT_LIMIT;
    const reverse = parseCount(ctx, 'reverse', 0, 1) === 1;
    const query = { channels, after: rawCursor(ctx, 'after'), limit, reverse };
    await limits.takeTurn(ctx);
    const page = await whileReachable(build(ctx, identity, query), away);
    if (page === undefined) {
      ctx.respond = false;
      return;
    }
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'json';
    ctx.body = asJson(page);
  };
}

function shown({ id, channels, time, block }: MessageEntry, identity: Identity | undefined): string {
  // A message may have gone to channels that are not for everybody who may see it.
  const heard = channels.filter((channel) => mayHear(identity, channel));
  return JSON.stringify({ id, channels: heard, ...decodeBlock(block), time: new Date(time).toISOString() });
}

function asJson({ messages, ...rest }: HistoryPage): string {
  return `{"messages":[${messages.join()}],${JSON.stringify(rest).slice(1)}`;
}
