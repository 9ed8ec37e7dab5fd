// Who asks, and whether they may. A token comes in the Authorization header or in a cookie, a ticket in the query of a
// stream; never a token in a URL, which is logged, kept and shared (RFC 6750, 5.3).

import type { Context } from 'koa';
import { BusUnavailable } from '../bus/bus.ts';
import { quote } from '../message.ts';
import { Problem } from '../problem.ts';
import type { Shared } from '../shared/shared.ts';
import { unavailable } from '../unavailable.ts';
import type { AccessConfig } from './access-config.ts';
import { isForgery } from './foreign-origin.ts';
import { EXPIRED, type Identity, type RefusedReason, TokenRefused } from './identity.ts';
import { KeysUnavailable } from './key-set.ts';
import type { Kicks } from './kicks.ts';
import { whyNotHere } from './open-here.ts';
import { covers } from './patterns.ts';
import { Tickets } from './tickets.ts';
import { Tokens } from './tokens.ts';

export const COOKIE = 'fanfare_token';
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;
const IN_URL = /(?:^|&)(?:access_token|token|jwt|authorization)=/i;

export interface AccessObserver {
  refused(reason: RefusedReason): void;
  /** The key set cannot be loaded anew, and the last one goes on counting. */
  keysStale(reason: string): void;
}

export class Access {
  readonly #config: AccessConfig;
  readonly #shared: Shared;
  readonly #kicks: Kicks;
  readonly #observer: AccessObserver;
  readonly #tokens: Tokens | undefined;
  readonly tickets: Tickets;

  constructor(config: AccessConfig, shared: Shared, kicks: Kicks, observer: AccessObserver) {
    this.#config = config;
    this.#shared = shared;
    this.#kicks = kicks;
    this.#observer = observer;
    this.#tokens = config.key && new Tokens(config.key, config, observer.keysStale);
    this.tickets = new Tickets(shared);
  }

  /**
   * Who asks; undefined: somebody without a token.
   * @throws Problem 401 for a token or ticket that is not good, 403 for a cookie from a foreign page, 503 where nobody can tell
   */
  async identity(ctx: Context): Promise<Identity | undefined> {
    if (this.#tokens === undefined) return undefined;
    try {
      const identity = await this.#shown(ctx, this.#tokens);
      if (identity !== undefined) this.#checkKicks(identity);
      return identity;
    } catch (error) {
      throw this.#asProblem(error);
    }
  }

  /**
   * As `identity`, for what only a token can ask for.
   * @throws Problem also 404 where there are no tokens here, and 401 without one
   */
  async required(ctx: Context): Promise<Identity> {
    this.checkEnabled();
    return (await this.identity(ctx)) ?? this.#askFor(ctx);
  }

  /** @throws Problem 404 */
  checkEnabled(): void {
    if (this.#tokens === undefined) throw new Problem(404, 'No tokens are used here: this server has no AUTH_ key.');
  }

  /**
   * Whether this may be done now; to be asked again after waiting, since rights end meanwhile.
   * @throws Problem 401, 403
   */
  check(ctx: Context, identity: Identity | undefined, act: 'publish' | 'subscribe', channels: readonly string[]): void {
    if (identity === undefined) {
      if (this.#isOpen(ctx, act)) return;
      if (this.#tokens === undefined) throw this.forbid(`Nobody may ${act} here: this server has no AUTH_ key.`);
      this.#askFor(ctx);
    }
    this.#checkStill(identity);
    const closed = channels.find((channel) => !covers(identity[act], channel));
    if (closed === undefined) return;
    throw this.forbid(`The token's "${act}" does not cover the channel ${quote(closed)}.`);
  }

  /** @throws Problem 403 */
  #isOpen(ctx: Context, act: 'publish' | 'subscribe'): boolean {
    const { anonymous, corsOrigins } = this.#config;
    const fault = anonymous[act] === 'here' ? whyNotHere(ctx.req, act, corsOrigins) : undefined;
    if (fault !== undefined) throw this.forbid(fault, 'origin');
    return anonymous[act] !== 'closed';
  }

  /**
   * For what is done because of a cookie, which browsers send unasked (A8).
   * @throws Problem 403
   */
  checkOrigin(ctx: Context): void {
    if (!isForgery(ctx.req, this.#config.corsOrigins)) return;
    const detail =
      'A page of another origin sent this with a cookie: name that origin in CORS_ORIGINS, or send a Bearer token.';
    throw this.forbid(detail, 'origin');
  }

  forbid(detail: string, reason: 'forbidden' | 'origin' = 'forbidden'): Problem {
    this.#observer.refused(reason);
    return new Problem(403, detail, { 'WWW-Authenticate': challenge('insufficient_scope', detail) });
  }

  async #shown(ctx: Context, tokens: Tokens): Promise<Identity | undefined> {
    const authorization = ctx.get('Authorization');
    if (authorization !== '') {
      const token = BEARER.exec(authorization)?.[1];
      if (token !== undefined) return tokens.identity(token);
      throw new TokenRefused('invalid', 'The Authorization header must be: Bearer, a space, and the token.');
    }
    const ticket = ctx.path === '/stream' ? new URLSearchParams(ctx.querystring).get('ticket') : null;
    // Who asks whether there would be a stream still needs the ticket for it.
    if (ticket !== null) return ctx.method === 'HEAD' ? this.tickets.look(ticket) : this.tickets.redeem(ticket);
    const cookie = ctx.cookies.get(COOKIE) ?? '';
    if (cookie === '') return undefined;
    this.checkOrigin(ctx);
    return tokens.identity(cookie);
  }

  #checkStill(identity: Identity): void {
    try {
      if (identity.expiresAt <= Date.now()) throw new TokenRefused('expired', EXPIRED);
      this.#checkKicks(identity);
    } catch (error) {
      throw this.#asProblem(error);
    }
  }

  #checkKicks(identity: Identity): void {
    if (!this.#shared.known) throw new BusUnavailable('who has been kicked is not known yet');
    if (this.#kicks.refuses(identity)) throw new TokenRefused('kicked', 'This token has been revoked: get a new one.');
  }

  #askFor(ctx: Context): never {
    this.#observer.refused('missing');
    const inUrl = IN_URL.test(ctx.querystring) ? ' A token in the URL is never read.' : '';
    const ways =
      'send Authorization: Bearer and a token, or the cookie that POST /session sets, or for a stream a ticket from POST /ticket.';
    throw new Problem(401, `This needs a token: ${ways}${inUrl}`, { 'WWW-Authenticate': 'Bearer realm="fanfare"' });
  }

  #asProblem(error: unknown): unknown {
    if (error instanceof TokenRefused) {
      this.#observer.refused(error.reason);
      return new Problem(401, error.message, { 'WWW-Authenticate': challenge('invalid_token', error.message) });
    }
    if (!(error instanceof KeysUnavailable || error instanceof BusUnavailable)) return error;
    return unavailable(`Nobody can tell now whether this may be done (${error.message}): try again.`, error);
  }
}

/** RFC 6750, 3: visible ASCII without quotes and backslashes. */
function challenge(error: string, detail: string): string {
  const description = detail.replace(/["\\]/g, "'").replace(/[^\x20-\x7e]/g, '?');
  return `Bearer realm="fanfare", error="${error}", error_description="${description}"`;
}
