// What a subscriber asks for: channels, and where the stream begins (S1, S7, R2). Pure: a URL and headers in, or a Problem.

import type { Context } from 'koa';
import { parseForm } from './form.ts';
import { DEFAULT_CHANNEL, nameFault, quote } from './message.ts';
import { OverLimit, Problem } from './problem.ts';
import type { Start } from './start.ts';

const MAX_URL_BYTES = 16_384;
const MAX_LAST = 1_000;

/**
 * The channels of a stream: sorted, each once.
 * @param most how many there may be
 * @throws Problem 400, 414
 */
export function parseChannels(ctx: Context, most: number): readonly string[] {
  if (ctx.url.length > MAX_URL_BYTES)
    throw new Problem(414, `The URL has more than ${MAX_URL_BYTES} bytes: name fewer channels.`);
  const named = parameters(ctx).getAll('channel');
  const channels = [...new Set(named.length === 0 ? [DEFAULT_CHANNEL] : named)].sort();
  if (channels.length > most) {
    const detail = `A stream has at most ${most} channels, not ${channels.length}: open another for the rest.`;
    throw new OverLimit(400, 'stream_channels', detail);
  }
  for (const channel of channels) {
    const fault = nameFault(channel);
    if (fault !== undefined) throw new Problem(400, `The channel ${quote(channel)} cannot be used: ${fault}.`);
  }
  return channels;
}

/**
 * R2: a cursor wins over `last`, and the header over the query. One that is empty is none.
 * @throws Problem 400
 */
export function parseStart(ctx: Context): Start {
  // A bad cursor is told of on the stream and never refused (R3), so nobody asks how it is encoded.
  const cursor = ctx.get('Last-Event-ID') || new URLSearchParams(`?${ctx.querystring}`).get('lastEventId');
  if (cursor) return cursor === 'earliest' ? { from: 'earliest' } : { from: 'cursor', cursor };
  const last = parameters(ctx).get('last');
  if (last === null) return { from: 'now' };
  if (!/^\d{1,4}$/.test(last) || Number(last) > MAX_LAST) {
    throw new Problem(400, `"last" must be a whole number from 0 to ${MAX_LAST}, not ${quote(last)}.`);
  }
  return { from: 'last', count: Number(last) };
}

/** All but the cursor. */
function parameters(ctx: Context): URLSearchParams {
  return parseForm(ctx.querystring.replace(/(^|&)lastEventId=[^&]*/g, ''));
}
