// GET /stream: a subscription is checked, its response head is written, and its socket becomes a stream (S1). This is
// the one route that leaves Koa's response path: a body that Koa pipes would cost half as much again for each delivery.

import type { Socket } from 'node:net';
import type { Context, Middleware } from 'koa';
import type { Access } from '../access/access.ts';
import type { Identity } from '../access/identity.ts';
import type { Bus } from '../bus/bus.ts';
import type { Listener } from '../format.ts';
import { BareResponse, hasMoreBehind, ownTurn } from '../hand-over.ts';
import type { Limits } from '../limits/limits.ts';
import type { RejectReason } from '../metric-labels.ts';
import { type Origin, originOf } from '../origin.ts';
import { OverLimit, Problem } from '../problem.ts';
import type { Replay } from '../replay.ts';
import { retryBlock } from '../sse.ts';
import type { Start } from '../start.ts';
import { type Holder, jitter } from '../stream.ts';
import type { Streams } from '../streams.ts';
import { parseChannels, parseFormat, parseStart } from '../subscription.ts';

export interface StreamRouteOptions {
  readonly maxConnections: number;
  readonly maxChannelsPerStream: number;
  readonly trustProxy: boolean;
  readonly draining: () => boolean;
}

export interface StreamObserver {
  opened(channels: readonly string[], start: Start, origin: Origin): void;
  rejected(reason: RejectReason): void;
}

export interface StreamRouteParts {
  readonly bus: Bus;
  readonly access: Access;
  readonly limits: Limits;
  readonly streams: Streams;
  readonly replay: Replay;
}

const HEAD = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };
// A client that is sent away shall not come back over the same connection to the same replica.
const BUSY = { 'Retry-After': '1', Connection: 'close' };

/** What somebody asks for, and may have. */
interface Subscription extends Listener {
  readonly start: Start;
  readonly identity: Identity | undefined;
}

export function stream(
  { bus, access, limits, streams, replay }: StreamRouteParts,
  observer: StreamObserver,
  options: StreamRouteOptions,
): Middleware {
  /** @throws Problem */
  async function subscription(ctx: Context): Promise<Subscription> {
    const identity = await access.identity(ctx);
    access.check(ctx, identity, 'subscribe', []);
    const channels = parseChannels(ctx, options.maxChannelsPerStream);
    const format = parseFormat(ctx);
    const start = parseStart(ctx);
    access.check(ctx, identity, 'subscribe', channels);
    return { channels, format, start, identity };
  }

  /** Why this replica takes no stream now. */
  function busy(): Problem | undefined {
    if (options.draining()) return new Busy('draining', 'This replica is stopping: connect again.');
    if (bus.ring.position === undefined)
      return new Busy('unready', 'This replica does not know the log yet: try again.');
    if (streams.size < options.maxConnections) return undefined;
    return new OverLimit(503, 'streams_replica', 'This replica has all the streams it takes.', BUSY);
  }

  function checkCapacity(): void {
    const problem = busy();
    if (problem !== undefined) throw problem;
  }

  async function open(ctx: Context, asked: Subscription): Promise<void> {
    const socket = await ownTurn(ctx.req, ctx.res);
    if (socket.destroyed) {
      // Nobody is there any more, and there may be many such behind one another.
      ctx.respond = false;
      return;
    }
    const places = await limits.takePlace(ctx, asked.identity);
    try {
      // Others may have come while that was asked, and this one may have gone, or may not listen any more.
      checkCapacity();
      access.check(ctx, asked.identity, 'subscribe', asked.channels);
    } catch (error) {
      limits.leave(places);
      throw error;
    }
    ctx.respond = false;
    if (hasMoreBehind(ctx.req)) socket.destroy();
    if (socket.destroyed) limits.leave(places);
    else begin(ctx, socket, asked, places);
  }

  function begin(ctx: Context, socket: Socket, asked: Subscription, places: readonly string[]): void {
    const { channels, start, identity } = asked;
    const { res } = ctx;
    // The end of the body is the end of the connection: blocks go to the socket as they are, without chunks.
    res.shouldKeepAlive = false;
    res.removeHeader('Transfer-Encoding');
    res.writeHead(200, HEAD);
    socket.cork();
    res.flushHeaders();
    const opened = streams.add(socket, asked, holderOf(identity, places));
    observer.opened(channels, start, originOf(ctx.headers, options.trustProxy));
    opened.greet();
    void replay.serve(opened, start);
    socket.uncork();
    if (res instanceof BareResponse) res.end();
  }

  return async (ctx) => {
    try {
      // Before a ticket is used up: the proxy shows it to the next replica.
      if (new URLSearchParams(ctx.querystring).has('ticket')) checkCapacity();
      const asked = await subscription(ctx);
      checkCapacity();
      if (ctx.method !== 'HEAD') return await open(ctx, asked);
      await limits.takeTurn(ctx);
      ctx.set(HEAD);
      ctx.status = 200;
    } catch (error) {
      if (error instanceof Problem) observer.rejected(rejectionOf(error));
      throw error;
    }
  };
}

class Busy extends Problem {
  readonly reason: 'draining' | 'unready';

  constructor(reason: Busy['reason'], detail: string) {
    super(503, detail, BUSY);
    this.reason = reason;
  }
}

function rejectionOf(problem: Problem): RejectReason {
  if (problem instanceof Busy) return problem.reason;
  switch (problem.status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 429:
      return 'rate';
    case 503:
      return problem instanceof OverLimit ? 'capacity' : 'unready';
    default:
      return 'bad_request';
  }
}

/** Nothing for those of whom nothing is asked, which are most. */
function holderOf(identity: Identity | undefined, places: readonly string[]): Holder | undefined {
  if (identity === undefined && places.length === 0) return undefined;
  return { subject: identity?.subject, issuedAt: identity?.issuedAt, expiresAt: identity?.expiresAt, places };
}

/**
 * An EventSource that is sent away with a status closes for ever. Behind the shipped proxy that is the proxy's to mend
 * (R11); where there is none, it is told here to come back later.
 */
export function comeBackLater({ trustProxy, retryMs }: { trustProxy: boolean; retryMs: number }): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const passing = error instanceof Problem && (error.status === 429 || error.status === 503);
      const eventSource = ctx.method === 'GET' && ctx.get('Accept').includes('text/event-stream');
      if (trustProxy || !passing || !eventSource) throw error;
      const waitMs = 1_000 * Number(error.headers['Retry-After'] ?? 0);
      ctx.set({ ...HEAD, Connection: 'close' });
      ctx.body = retryBlock(jitter(Math.max(retryMs, waitMs)));
    }
  };
}
