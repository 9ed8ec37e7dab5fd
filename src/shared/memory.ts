// What a single process shares with itself.

import type { ChannelList } from '../channel-list.ts';
import { LocalRates, type Refusal } from '../limits/rates.ts';
import { LocalPlaces } from './local-places.ts';
import { RecentChannels } from './recent-channels.ts';
import type { Admission, Member, ReplicaState, Shared } from './shared.ts';

interface Ticket {
  readonly value: string;
  readonly expiresAt: number;
}

export class MemoryShared implements Shared {
  readonly known = true;
  readonly #rates = new LocalRates();
  readonly #places = new LocalPlaces();
  readonly #tickets = new Map<string, Ticket>();
  readonly #recent = new RecentChannels(async () => new Map(this.#member?.channels.all()));
  #member: Member | undefined;

  start(member: Member): void {
    this.#member = member;
  }

  async admit({ rates, places }: Admission): Promise<Refusal | undefined> {
    const keys = places.map(({ key }) => key);
    this.#places.take(keys);
    const full = this.#places.overfull(places);
    const refusal = full === undefined ? this.#rates.take(rates, 1, performance.now()) : { key: full, waitMs: 0 };
    if (refusal !== undefined) this.#places.giveBack(keys);
    return refusal;
  }

  leave(keys: readonly string[]): void {
    this.#places.giveBack(keys);
  }

  async putTicket(ticket: string, value: string, ttlMs: number): Promise<void> {
    const now = performance.now();
    // Oldest first, and all live as long.
    for (const [old, { expiresAt }] of this.#tickets) {
      if (expiresAt > now) break;
      this.#tickets.delete(old);
    }
    this.#tickets.set(ticket, { value, expiresAt: now + ttlMs });
  }

  async takeTicket(ticket: string): Promise<string | undefined> {
    const looked = this.lookAtTicket(ticket);
    // In the same turn, so that nobody else gets it.
    this.#tickets.delete(ticket);
    return looked;
  }

  async lookAtTicket(ticket: string): Promise<string | undefined> {
    const kept = this.#tickets.get(ticket);
    return kept !== undefined && kept.expiresAt > performance.now() ? kept.value : undefined;
  }

  async kick(subject: string): Promise<void> {
    this.#member?.kicked({ subject, at: Date.now() });
  }

  async replicas(): Promise<readonly ReplicaState[]> {
    return this.#member === undefined ? [] : [this.#member.state()];
  }

  channels(): Promise<ChannelList> {
    return this.#recent.list();
  }

  async close(): Promise<void> {
    this.#member = undefined;
  }
}
