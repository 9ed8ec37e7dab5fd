// GET /history: the log of some channels in pages, for who wants to see what was before, or wants no stream.

import type { Middleware } from 'koa';
import type { Access } from '../access/access.ts';
import { covers } from '../access/identity.ts';
import { type Bus, BusUnavailable } from '../bus/bus.ts';
import type { MessageEntry } from '../entry.ts';
import { type HistoryPage, readHistory } from '../history.ts';
import type { Limits } from '../limits/limits.ts';
import { Problem } from '../problem.ts';
import { decodeBlock } from '../sse.ts';
import { parseChannels, parseCount, rawCursor } from '../subscription.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

export interface HistoryOptions {
  readonly maxChannelsPerStream: number;
}

export function history(
  bus: Bus,
  access: Access,
  limits: Limits,
  { maxChannelsPerStream }: HistoryOptions,
): Middleware {
  return async (ctx) => {
    const identity = await access.identity(ctx);
    access.check(ctx, identity, 'subscribe', []);
    const channels = parseChannels(ctx, maxChannelsPerStream);
    access.check(ctx, identity, 'subscribe', channels);
    const limit = parseCount(ctx, 'limit', 1, MAX_LIMIT) ?? DEFAULT_LIMIT;
    const reverse = parseCount(ctx, 'reverse', 0, 1) === 1;
    await limits.takeTurn(ctx);
    const query = { channels, after: rawCursor(ctx, 'after'), limit, reverse };
    const { messages, ...page } = await whileReachable(bus, () => readHistory(bus, query));
    ctx.set('Cache-Control', 'no-store');
    // A message may have gone to channels that are not for everybody who may see it.
    const visible = (channel: string) => identity === undefined || covers(identity.subscribe, channel);
    ctx.body = { messages: messages.map((message) => shown(message, visible)), ...page };
  };
}

function shown({ id, channels, time, block }: MessageEntry, visible: (channel: string) => boolean): object {
  return { id, channels: channels.filter(visible), ...decodeBlock(block), time: new Date(time).toISOString() };
}

async function whileReachable(bus: Bus, read: () => Promise<HistoryPage>): Promise<HistoryPage> {
  try {
    if (bus.ring.position === undefined) throw new BusUnavailable('the end of the log is not known yet');
    return await read();
  } catch (error) {
    if (!(error instanceof BusUnavailable)) throw error;
    throw new Problem(503, `The log cannot be read now (${error.message}): try again.`, { 'Retry-After': '1' }, error);
  }
}
