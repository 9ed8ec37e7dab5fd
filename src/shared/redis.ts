// What replicas share over Redis. A replica holds a lease; what it holds of places counts for as long as that lives, and
// is said again where the lease was lost: by a Redis that forgot, or by a replica that was frozen for longer.

import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { ChannelList } from '../channel-list.ts';
import { LocalRates, type Rate, type Refusal } from '../limits/rates.ts';
import type { Logger } from '../log.ts';
import { RedisKicks } from './redis-kicks.ts';
import { RedisPlaces } from './redis-places.ts';
import { RedisRoster } from './redis-roster.ts';
import { RedisStore } from './redis-store.ts';
import { RedisTickets } from './redis-tickets.ts';
import type { Admission, Member, Places, ReplicaState, Shared } from './shared.ts';

export interface RedisSharedOptions {
  /** Of all keys. */
  readonly prefix: string;
  /** As long as a stream can live. */
  readonly placeMs: number;
  /** How long kicks are remembered. */
  readonly kickMs: number;
}

const RENEW_MS = 500;
// Eight renewals: a replica that is held up for less loses nothing. So long after a death it is still there.
const LEASE_MS = 4_000;

export class RedisShared implements Shared {
  known = false;
  readonly #store: RedisStore;
  readonly #options: RedisSharedOptions;
  readonly #log: Logger;
  readonly #places: RedisPlaces;
  readonly #roster: RedisRoster;
  readonly #tickets: RedisTickets;
  readonly #kicks: RedisKicks;
  /** For when Redis is away. */
  readonly #rates = new LocalRates();
  #renewing = false;
  #timer: NodeJS.Timeout | undefined;
  #member: Member | undefined;
  /** Of those that we know, in the order of Redis. */
  #newestKick = '0';
  #trouble = '';

  constructor(redis: Redis, options: RedisSharedOptions, log: Logger) {
    this.#store = new RedisStore(redis, options.prefix);
    this.#options = options;
    this.#log = log;
    this.#places = new RedisPlaces(this.#store, options.placeMs);
    this.#roster = new RedisRoster(this.#store, LEASE_MS);
    this.#tickets = new RedisTickets(this.#store);
    this.#kicks = new RedisKicks(this.#store);
  }

  start(member: Member): void {
    this.#member = member;
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS);
    this.#store.onReady(() => {
      // It may be another Redis, or the same with what it knew some time ago.
      this.#store.reachable = false;
      void this.#renew();
    });
  }

  async admit(admission: Admission): Promise<Refusal | undefined> {
    const keys = admission.places.map(({ key }) => key);
    // Before it is asked for, so that of many at once each counts the others.
    this.#places.take(keys);
    const refusal = await this.#admit(admission).catch(() => {
      // Each replica for itself, until Redis is back and is told.
      this.#places.unsettle(keys);
      const full = this.#places.overfull(admission.places);
      if (full !== undefined) return { key: full, waitMs: 0 };
      return this.#rates.take(admission.rates, 1, performance.now());
    });
    if (refusal !== undefined) this.#places.giveBack(keys);
    return refusal;
  }

  leave(keys: readonly string[]): void {
    this.#places.giveBack(keys);
  }

  putTicket(ticket: string, value: string, ttlMs: number): Promise<void> {
    return this.#tickets.put(ticket, value, ttlMs);
  }

  takeTicket(ticket: string): Promise<string | undefined> {
    return this.#tickets.take(ticket);
  }

  lookAtTicket(ticket: string): Promise<string | undefined> {
    return this.#tickets.lookAt(ticket);
  }

  async kick(subject: string): Promise<void> {
    const kick = await this.#kicks.kick(subject);
    this.#member?.kicked(kick);
  }

  replicas(): Promise<readonly ReplicaState[]> {
    return this.#roster.replicas();
  }

  channels(): Promise<ChannelList> {
    return this.#roster.channels();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#member = undefined;
    // With its lease goes all that it holds; where it cannot be said now, it runs out by itself.
    await this.#roster.leave().catch(() => undefined);
  }

  async #admit({ rates, places }: Admission): Promise<Refusal | undefined> {
    const store = this.#store;
    const keys = [
      ...rates.map(({ key }) => store.key('rate', key)),
      ...places.map(({ key }) => store.key('streams', key)),
    ];
    const head = [rates.length, store.holder, store.key('replica', ''), this.#options.placeMs];
    const most = rates.map(({ perSecond }) => perSecond);
    const counts = places.flatMap(({ key, limit }) => [limit, this.#places.held(key)]);
    const [index, waitMs = 0] = await store.ask((redis) =>
      redis.admitShared(keys.length, ...keys, ...head, ...most, ...counts),
    );
    if (index === undefined) return undefined;
    const { key } = [...rates, ...places][index - 1] as Rate | Places;
    return { key, waitMs };
  }

  /** Once in a while, and as soon as Redis is back: the lease, and who was kicked meanwhile. */
  async #renew(): Promise<void> {
    const member = this.#member;
    if (this.#renewing || member === undefined) return;
    this.#renewing = true;
    const state = JSON.stringify(member.state());
    const store = this.#store;
    try {
      if (!store.reachable) await this.#startAnew();
      const keys = [store.key('replica', store.holder), ...this.#kicks.keys, store.key('replicas')];
      const [held, newest, ...kicks] = await store.try((redis) =>
        redis.renewShared(4, ...keys, LEASE_MS, this.#options.kickMs, this.#newestKick, store.holder, state),
      );
      // It may be another Redis: all that it has was given.
      const anew = held === 0;
      this.#newestKick = newest;
      this.#tell(kicks);
      if (anew) await this.#kicks.remind(member.remembered());
      store.reachable = true;
      if (anew) this.#places.unsettle(this.#places.keys());
      this.known = true;
      void this.#places.settle();
      await this.#roster.tell(member.channels, anew);
      this.#trouble = '';
    } catch (error) {
      store.reachable = false;
      // That there is no connection, the bus tells.
      if (store.connected) this.#complain((error as Error).message);
    }
    this.#renewing = false;
  }

  /** This replica is another from now on: what Redis knows of the former is no longer so. */
  async #startAnew(): Promise<void> {
    const store = this.#store;
    const keys = (['replica', 'channels'] as const).map((kind) => store.key(kind, store.holder));
    store.holder = randomUUID();
    this.#places.startAnew();
    await store.try((redis) => redis.del(...keys));
  }

  /** Once for each reason: Redis is asked again twice a second. */
  #complain(reason: string): void {
    if (reason !== this.#trouble)
      this.#log.warn({ reason }, 'limits and kicks are not shared now: each replica has its own');
    this.#trouble = reason;
  }

  #tell(kicks: readonly string[]): void {
    for (let index = 0; index < kicks.length; index += 2) {
      const [subject, at] = kicks.slice(index, index + 2) as [string, string];
      this.#member?.kicked({ subject, at: Number(at) });
    }
  }
}
