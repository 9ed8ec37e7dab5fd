// What a subscriber asks for: channels, in which form, and where the stream begins (S1, S7, S8, R2). Pure: a URL and headers in, or a Problem.

import type { Context } from 'koa';
import { parseForm } from './form.ts';
import type { Format } from './format.ts';
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
 * S8
 * @throws Problem 400
 */
export function parseFormat(ctx: Context): Format {
  const format = parameters(ctx).get('format');
  if (format !== null && format !== 'json')
    throw new Problem(400, `"format" must be json, or be left out, not ${quote(format)}.`);
  return format ?? 'text';
}

/**
 * R2: a cursor wins over `last`, and the header over the query. One that is empty is none.
 * @throws Problem 400
 */
export function parseStart(ctx: Context): Start {
  const count = parseCount(ctx, 'last', 0, MAX_LAST);
  const cursor = ctx.get('Last-Event-ID') || rawCursor(ctx, 'lastEventId');
  if (cursor) return cursor === 'earliest' ? { from: 'earliest' } : { from: 'cursor', cursor };
  return count === undefined ? { from: 'now' } : { from: 'last', count };
}

/**
 * A whole number from the query; undefined where there is none.
 * @throws Problem 400
 */
export function parseCount(ctx: Context, name: string, least: number, most: number): number | undefined {
  const text = parameters(ctx).get(name);
  if (text === null) return undefined;
  if (/^\d{1,4}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  throw new Problem(400, `"${name}" must be a whole number from ${least} to ${most}, not ${quote(text)}.`);
}

/** A cursor from the query, as it came: a bad one is answered (R3), so nobody asks how it is encoded. */
export function rawCursor(ctx: Context, name: 'lastEventId' | 'after'): string | undefined {
  return new URLSearchParams(`?${ctx.querystring}`).get(name) || undefined;
}

/** All but the cursors. */
function parameters(ctx: Context): URLSearchParams {
  return parseForm(ctx.querystring.replace(/(^|&)(lastEventId|after)=[^&]*/g, ''));
}
