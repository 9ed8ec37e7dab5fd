// GET /stream: a subscription is checked, its response head is written, and its socket becomes a stream (S1). This is
// the one route that leaves Koa's response path: a body that Koa pipes would cost half as much again for each delivery.

import { once } from 'node:events';
import type { Context, Middleware } from 'koa';
import type { Bus } from '../bus/bus.ts';
import { parseForm } from '../form.ts';
import { BareResponse } from '../hand-over.ts';
import { DEFAULT_CHANNEL, nameFault, quote } from '../message.ts';
import type { RejectReason } from '../metric-catalogue.ts';
import { type Origin, originOf } from '../origin.ts';
import { Problem } from '../problem.ts';
import type { Replay } from '../replay.ts';
import type { Start } from '../start.ts';
import type { Streams } from '../streams.ts';

export interface StreamRouteOptions {
  readonly maxConnections: number;
  readonly trustProxy: boolean;
  readonly draining: () => boolean;
}

export interface StreamObserver {
  opened(channels: readonly string[], start: Start, origin: Origin): void;
  rejected(reason: RejectReason): void;
}

const MAX_CHANNELS = 100;
const MAX_URL_BYTES = 16_384;
const MAX_LAST = 1_000;

const HEAD = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };

export function stream(
  bus: Bus,
  streams: Streams,
  replay: Replay,
  observer: StreamObserver,
  options: StreamRouteOptions,
): Middleware {
  const refuse = (reason: RejectReason, problem: Problem) => {
    observer.rejected(reason);
    return problem;
  };
  // A client that is sent away shall not come back over the same connection to the same replica.
  const busy = (detail: string) => new Problem(503, detail, { 'Retry-After': '1', Connection: 'close' });

  function checkCapacity(): void {
    if (options.draining()) throw refuse('draining', busy('This replica is stopping: connect again.'));
    if (bus.ring.position === undefined)
      throw refuse('unready', busy('This replica does not know the log yet: try again.'));
    if (streams.size >= options.maxConnections)
      throw refuse('capacity', busy('This replica has all the streams it takes.'));
  }

  return async (ctx) => {
    let channels: readonly string[];
    let start: Start;
    try {
      channels = parseChannels(ctx);
      start = parseStart(ctx);
    } catch (error) {
      throw error instanceof Problem ? refuse('bad_request', error) : error;
    }
    checkCapacity();
    if (ctx.method === 'HEAD') {
      ctx.set(HEAD);
      ctx.status = 200;
      return;
    }
    ctx.respond = false;
    await hold(ctx, channels, start);
  };

  async function hold(ctx: Context, channels: readonly string[], start: Start): Promise<void> {
    const { res } = ctx;
    // A pipelined request waits here until the answers before it are out.
    if (res.socket === null) await once(res, 'socket');
    const { socket } = res;
    if (socket === null || socket.destroyed) return;
    // The end of the body is the end of the connection: blocks go to the socket as they are, without chunks.
    res.shouldKeepAlive = false;
    res.removeHeader('Transfer-Encoding');
    res.writeHead(200, HEAD);
    socket.cork();
    res.flushHeaders();
    const opened = streams.add(socket, channels);
    observer.opened(channels, start, originOf(ctx.headers, options.trustProxy));
    opened.greet();
    void replay.serve(opened, start);
    socket.uncork();
    if (res instanceof BareResponse) res.end();
  }
}

function parseChannels(ctx: Context): readonly string[] {
  if (ctx.url.length > MAX_URL_BYTES)
    throw new Problem(414, `The URL has more than ${MAX_URL_BYTES} bytes: name fewer channels.`);
  const named = parameters(ctx).getAll('channel');
  const channels = [...new Set(named.length === 0 ? [DEFAULT_CHANNEL] : named)].sort();
  if (channels.length > MAX_CHANNELS) {
    throw new Problem(
      400,
      `A stream has at most ${MAX_CHANNELS} channels, not ${channels.length}: open another for the rest.`,
    );
  }
  for (const channel of channels) {
    const fault = nameFault(channel);
    if (fault !== undefined) throw new Problem(400, `The channel ${quote(channel)} cannot be used: ${fault}.`);
  }
  return channels;
}

/** R2: a cursor wins over `last`, and the header over the query. One that is empty is none. */
function parseStart(ctx: Context): Start {
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
