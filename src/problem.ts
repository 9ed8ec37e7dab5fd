// Errors as people and programs read them: application/problem+json (RFC 9457), in one shape from one place.

import { STATUS_CODES } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Logger } from './log.ts';
import type { Limit } from './metric-labels.ts';
import { originOf } from './origin.ts';

/** A request that cannot be served. `detail` says what was wrong and what to change. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /** @param cause for the log alone */
  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}, cause?: unknown) {
    super(detail, { cause });
    this.status = status;
    this.headers = headers;
  }
}

/** A request that asks for more than a setting allows. */
export class OverLimit extends Problem {
  readonly limit: Limit;

  constructor(
    status: 400 | 413 | 429 | 503,
    limit: Limit,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(status, detail, headers);
    this.limit = limit;
  }
}

/**
 * Turns whatever a later middleware throws, and an unanswered path, into a problem answer.
 * @param trustProxy as for `originOf`: the log names the request that failed
 */
export function problems(log: Logger, trustProxy: boolean): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const unforeseen = (err: unknown) =>
        log.error({ err, ...originOf(ctx.headers, trustProxy) }, 'a request failed in a way nobody foresaw');
      answer(ctx, asProblem(error, unforeseen));
      return;
    }
    if (ctx.respond !== false && ctx.body == null && ctx.status >= 400) answer(ctx, unanswered(ctx));
  };
}

function asProblem(error: unknown, unforeseen: (error: unknown) => void): Problem {
  if (error instanceof Problem) return error;
  const { status, message } = error as { status?: number; message?: string };
  // A library's word on what the client sent, such as a path that cannot be decoded.
  if (status !== undefined && status >= 400 && status < 500)
    return new Problem(status, `This cannot be served: ${message}.`);
  unforeseen(error);
  return new Problem(500, 'Something broke inside the server. Repeating the request with an Idempotency-Key is safe.');
}

function unanswered(ctx: Context): Problem {
  if (ctx.status === 405)
    return new Problem(405, `${ctx.path} does not take ${ctx.method}; Allow names what it takes.`);
  if (ctx.status === 404) return new Problem(404, `There is nothing at ${ctx.path}.`);
  return new Problem(ctx.status, `${ctx.method} ${ctx.path} cannot be served.`);
}

/** The body of the answer. */
export function problemJson({ status, message }: Problem): string {
  return JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail: message });
}

function answer(ctx: Context, problem: Problem): void {
  ctx.status = problem.status;
  ctx.set({ ...problem.headers });
  ctx.body = problemJson(problem);
  ctx.type = 'application/problem+json';
}
