// Tickets: what an EventSource, which cannot send headers, shows in the place of a token. One is good for one stream, on
// any replica, for half a minute, so what a URL gives away in a log or a history is of no use.

import { randomBytes } from 'node:crypto';
import type { Shared } from '../shared/shared.ts';
import { type Identity, TokenRefused } from './identity.ts';

export const TICKET_MS = 30_000;
const TICKET = /^[\w-]{32}$/;

export class Tickets {
  readonly #shared: Shared;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** @throws BusUnavailable */
  async issue(identity: Identity): Promise<string> {
    const ticket = randomBytes(24).toString('base64url');
    // What a stream needs, and no more: a token may be long, and Redis keeps this.
    const { subject, subscribe, issuedAt, expiresAt } = identity;
    const kept: Identity = { subject, subscribe, publish: [], kick: [], issuedAt, expiresAt };
    await this.#shared.putTicket(ticket, JSON.stringify(kept), TICKET_MS);
    return ticket;
  }

  /**
   * Who a ticket was issued to. It is used up by that.
   * @throws TokenRefused, BusUnavailable
   */
  async redeem(ticket: string): Promise<Identity> {
    return behind(TICKET.test(ticket) ? await this.#shared.takeTicket(ticket) : undefined);
  }

  /** As `redeem`, and the ticket stays as good as it was. */
  async look(ticket: string): Promise<Identity> {
    return behind(TICKET.test(ticket) ? await this.#shared.lookAtTicket(ticket) : undefined);
  }
}

function behind(kept: string | undefined): Identity {
  if (kept === undefined)
    throw new TokenRefused(
      'invalid',
      'The ticket has been used, is too old or is none: get a new one from POST /ticket.',
    );
  const identity = JSON.parse(kept) as Identity;
  if (identity.expiresAt <= Date.now()) throw new TokenRefused('expired', 'The token behind the ticket has expired.');
  return identity;
}
