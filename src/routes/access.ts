// What a token is exchanged for: a ticket for one stream, or a cookie; and ending the streams of a subject.

import type { Context, Middleware } from 'koa';
import { type Access, COOKIE } from '../access/access.ts';
import type { Identity } from '../access/identity.ts';
import { covers } from '../access/patterns.ts';
import { TICKET_MS } from '../access/tickets.ts';
import { parseForm } from '../form.ts';
import type { Limits } from '../limits/limits.ts';
import { nameFault, quote } from '../message.ts';
import { Problem } from '../problem.ts';
import type { Shared } from '../shared/shared.ts';
import { whileReachable } from '../unavailable.ts';

// What browsers keep of a name and its value (RFC 6265bis, 5.7).
const MAX_COOKIE_BYTES = 4_096;

const unknown = (reason: string) => `The outcome is unknown (${reason}): repeat it.`;

/** POST /ticket */
export function ticket(access: Access, limits: Limits): Middleware {
  return async (ctx) => {
    const identity = await access.required(ctx);
    await limits.takeTurn(ctx);
    ctx.set('Cache-Control', 'no-store');
    const issued = await whileReachable(access.tickets.issue(identity), unknown);
    ctx.status = 201;
    ctx.body = { ticket: issued, expiresIn: TICKET_MS / 1_000 };
  };
}

/** POST /session: the token goes into a cookie that no script can read and no page of another site can send. */
export function beginSession(access: Access): Middleware {
  return async (ctx) => {
    const { expiresAt } = await access.required(ctx);
    const token = ctx
      .get('Authorization')
      .replace(/^\S+ +/, '')
      .trim();
    if (token === '') throw new Problem(400, 'A session begins with a token: send it as Authorization: Bearer.');
    if (COOKIE.length + token.length > MAX_COOKIE_BYTES) {
      const detail =
        'The token is too long for a cookie, which browsers would drop: name fewer channels (a trailing * stands for many), or use POST /ticket.';
      throw new Problem(400, detail);
    }
    setCookie(ctx, token, new Date(expiresAt));
    ctx.status = 204;
  };
}

/** DELETE /session */
export function endSession(access: Access): Middleware {
  return (ctx) => {
    access.checkEnabled();
    access.checkOrigin(ctx);
    setCookie(ctx, '', new Date(0));
    ctx.status = 204;
  };
}

function setCookie(ctx: Context, token: string, expires: Date): void {
  ctx.set('Cache-Control', 'no-store');
  ctx.cookies.set(COOKIE, token, { httpOnly: true, sameSite: 'strict', secure: ctx.secure, expires, overwrite: true });
}

/** DELETE /streams?subject=S: S is out, everywhere, with all that it was issued until now. */
export function kick(access: Access, shared: Shared): Middleware {
  return async (ctx) => {
    const identity = await access.required(ctx);
    const subject = subjectOf(ctx);
    checkMayKick(access, identity, subject);
    await whileReachable(shared.kick(subject), unknown);
    ctx.status = 204;
  };
}

function subjectOf(ctx: Context): string {
  const [subject, ...more] = parseForm(ctx.querystring).getAll('subject');
  if (subject === undefined || more.length > 0)
    throw new Problem(400, 'Name one subject, as its tokens do: DELETE /streams?subject=….');
  const fault = nameFault(subject);
  if (fault !== undefined) throw new Problem(400, `The subject ${quote(subject)} cannot be used: ${fault}.`);
  return subject;
}

function checkMayKick(access: Access, { kick: patterns }: Identity, subject: string): void {
  if (!covers(patterns, subject))
    throw access.forbid(`The token's "kick" does not cover the subject ${quote(subject)}.`);
}
