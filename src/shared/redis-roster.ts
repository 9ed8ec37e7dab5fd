// Who is there: the replicas whose leases live, and how many streams each of them has on each channel. A replica tells only
// what has changed, and what it told goes with its lease.

import type { ChannelCounts } from '../channel-counts.ts';
import type { ChannelList } from '../channel-list.ts';
import { RecentChannels } from './recent-channels.ts';
import type { RedisStore } from './redis-store.ts';
import type { ReplicaState } from './shared.ts';

// Told in one step; others get their turn in between.
const TELL_CHANNELS = 1_000;
// About as many are read in one step, for the same reason.
const READ_CHANNELS = 2_000;

export class RedisRoster {
  readonly #store: RedisStore;
  readonly #leaseMs: number;
  /** Redis may have other numbers than we. */
  #unsure = true;
  readonly #recent = new RecentChannels(() => this.#sum());

  constructor(store: RedisStore, leaseMs: number) {
    this.#store = store;
    this.#leaseMs = leaseMs;
  }

  /**
   * Tells Redis how many streams there are on each channel here.
   * @param anew whether it has forgotten what it was told
   */
  async tell(counts: ChannelCounts, anew: boolean): Promise<void> {
    const changes = counts.takeChanges();
    const all = anew || this.#unsure;
    this.#unsure = true;
    const key = this.#store.key('channels', this.#store.holder);
    const told = [...(all ? counts.all() : changes)];
    // At least once, so that what was told before is believed for longer.
    for (let at = 0; at === 0 || at < told.length; at += TELL_CHANNELS) {
      const some = told.slice(at, at + TELL_CHANNELS).flat();
      await this.#store.ask((redis) => redis.tellShared(1, key, this.#leaseMs, all && at === 0 ? 1 : 0, ...some));
    }
    this.#unsure = false;
  }

  async replicas(): Promise<readonly ReplicaState[]> {
    const leases = await this.#leases();
    return [...leases.values()].map((state) => JSON.parse(state) as ReplicaState);
  }

  channels(): Promise<ChannelList> {
    return this.#recent.list();
  }

  /** @throws BusUnavailable: then it is gone when its lease has run out */
  async leave(): Promise<void> {
    const keys = [this.#store.key('replica', this.#store.holder), this.#store.key('channels', this.#store.holder)];
    await this.#store.ask((redis) => redis.del(...keys));
    await this.#store.ask((redis) => redis.srem(this.#store.key('replicas'), this.#store.holder));
  }

  async #sum(): Promise<ReadonlyMap<string, number>> {
    const sums = new Map<string, number>();
    for (const replica of (await this.#leases()).keys()) {
      // What is there all the while comes once at least; what is told anew meanwhile may be missing, until the next time.
      const seen = new Set<string>();
      for await (const told of this.#told(replica)) {
        for (let at = 0; at < told.length; at += 2) {
          const [channel, count] = told.slice(at, at + 2) as [string, string];
          if (seen.has(channel)) continue;
          seen.add(channel);
          sums.set(channel, (sums.get(channel) ?? 0) + Number(count));
        }
      }
    }
    return sums;
  }

  /** What a replica has told, channel and count in turn; a channel may come twice. */
  async *#told(replica: string): AsyncGenerator<readonly string[]> {
    const key = this.#store.key('channels', replica);
    let cursor = '0';
    do {
      const from = cursor;
      const [next, told] = await this.#store.ask((redis) => redis.hscan(key, from, 'COUNT', READ_CHANNELS));
      yield told;
      cursor = next;
    } while (cursor !== '0');
  }

  /** What each replica that is there says of itself; those whose leases have run out are taken off the list. */
  async #leases(): Promise<ReadonlyMap<string, string>> {
    const list = this.#store.key('replicas');
    const names = await this.#store.ask((redis) => redis.smembers(list));
    if (names.length === 0) return new Map();
    const keys = names.map((name) => this.#store.key('replica', name));
    const states = await this.#store.ask((redis) => redis.mget(...keys));
    const gone = names.filter((_, index) => states[index] === null);
    if (gone.length > 0) await this.#store.ask((redis) => redis.srem(list, ...gone));
    return new Map(names.flatMap((name, index) => (states[index] == null ? [] : [[name, states[index]] as const])));
  }
}
