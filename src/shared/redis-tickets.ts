// Tickets in Redis. What a ticket stands for may be long, and is the same for all tickets of one token: it is kept once, and
// a ticket names it by its digest. So tickets are small, however many are asked for.

import { createHash } from 'node:crypto';
import type { RedisStore } from './redis-store.ts';

export class RedisTickets {
  readonly #store: RedisStore;

  constructor(store: RedisStore) {
    this.#store = store;
  }

  /** @throws BusUnavailable */
  async put(ticket: string, value: string, ttlMs: number): Promise<void> {
    const digest = createHash('sha256').update(value).digest('base64url');
    await Promise.all([
      // It is to be there for as long as the ticket.
      this.#store.ask((redis) => redis.set(this.#store.key('rights', digest), value, 'PX', 2 * ttlMs)),
      this.#store.ask((redis) => redis.set(this.#store.key('ticket', ticket), digest, 'PX', ttlMs)),
    ]);
  }

  /** @throws BusUnavailable, where it may have been taken */
  async take(ticket: string): Promise<string | undefined> {
    return this.#behind(await this.#store.ask((redis) => redis.getdel(this.#store.key('ticket', ticket))));
  }

  /** @throws BusUnavailable */
  async lookAt(ticket: string): Promise<string | undefined> {
    return this.#behind(await this.#store.ask((redis) => redis.get(this.#store.key('ticket', ticket))));
  }

  async #behind(digest: string | null): Promise<string | undefined> {
    if (digest === null) return undefined;
    return (await this.#store.ask((redis) => redis.get(this.#store.key('rights', digest)))) ?? undefined;
  }
}
