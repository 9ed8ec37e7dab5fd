// What replicas share over Redis. A replica holds a lease; what it holds of places counts for as long as that lives, and
// is written again where the lease was lost: by a Redis that forgot, or by a replica that was frozen for longer.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { BusUnavailable } from '../bus/bus.ts';
import { LocalPlaces } from './local-places.ts';
import { LocalRates } from './local-rates.ts';
import type { Admission, Kick, Places, Rate, Refusal, Shared } from './shared.ts';

export interface RedisSharedOptions {
  /** Of all keys. */
  readonly prefix: string;
  /** As long as a stream can live: its places are free then at the latest. */
  readonly placeMs: number;
  /** How long kicks are remembered. */
  readonly kickMs: number;
}

type Script<Reply> = (keyCount: number, ...keysAndArguments: (string | number)[]) => Promise<Reply>;
interface SharedCommands extends Redis {
  admitShared: Script<[] | [index: number, waitMs: number]>;
  settleShared: Script<number>;
  renewShared: Script<[held: 0 | 1, ...kicks: string[]]>;
  kickShared: Script<string>;
}

const RENEW_MS = 500;
// Ten renewals: a replica that is held up for less loses nothing. So long after a death its places are taken.
const LEASE_MS = 5_000;
// What is written again in one step; others get their turn in between.
const SETTLE_KEYS = 500;

export class RedisShared implements Shared {
  known = false;
  readonly #redis: SharedCommands;
  readonly #options: RedisSharedOptions;
  readonly #me = randomUUID();
  readonly #rates = new LocalRates();
  readonly #places = new LocalPlaces();
  /** Places of which Redis may have another count than we. */
  readonly #unsettled = new Set<string>();
  #settling = false;
  #reachable = false;
  #renewing = false;
  #timer: NodeJS.Timeout | undefined;
  #kicked: ((kick: Kick) => void) | undefined;
  #newestKick = 0;

  constructor(redis: Redis, options: RedisSharedOptions) {
    for (const name of ['admit', 'settle', 'renew', 'kick']) {
      const lua = readFileSync(new URL(`${name}.lua`, import.meta.url), 'utf8');
      redis.defineCommand(`${name}Shared`, { lua });
    }
    this.#redis = redis as SharedCommands;
    this.#options = options;
  }

  start(kicked: (kick: Kick) => void): void {
    this.#kicked = kicked;
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS);
    this.#redis.on('ready', () => void this.#renew());
  }

  async admit(admission: Admission): Promise<Refusal | undefined> {
    const keys = admission.places.map(({ key }) => key);
    this.#places.take(keys);
    const refusal = await this.#admit(admission).catch(() => {
      // Each replica for itself, until Redis is back and is told.
      this.#unsettle(keys);
      const full = this.#places.overfull(admission.places);
      if (full !== undefined) return { key: full, waitMs: 0 };
      return this.#rates.take(admission.rates, admission.cost, performance.now());
    });
    if (refusal !== undefined) this.leave(keys);
    return refusal;
  }

  leave(keys: readonly string[]): void {
    this.#places.giveBack(keys);
    this.#unsettle(keys);
  }

  async putTicket(ticket: string, value: string, ttlMs: number): Promise<void> {
    await this.#ask((redis) => redis.set(this.#key('ticket', ticket), value, 'PX', ttlMs));
  }

  async takeTicket(ticket: string): Promise<string | undefined> {
    return (await this.#ask((redis) => redis.getdel(this.#key('ticket', ticket)))) ?? undefined;
  }

  async kick(subject: string): Promise<void> {
    const at = await this.#ask((redis) => redis.kickShared(1, this.#key('kicked'), subject));
    this.#kicked?.({ subject, at: Number(at) });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#kicked = undefined;
    this.#unsettled.clear();
    // With its lease goes all that it holds; where it cannot be said now, it runs out by itself.
    await this.#ask((redis) => redis.del(this.#key('replica', this.#me))).catch(() => undefined);
  }

  async #admit({ rates, cost, places }: Admission): Promise<Refusal | undefined> {
    const keys = [
      ...rates.map(({ key }) => this.#key('rate', key)),
      ...places.map(({ key }) => this.#key('streams', key)),
    ];
    const head = [rates.length, cost, this.#me, this.#key('replica', ''), this.#options.placeMs];
    const limits = [
      ...rates.map(({ perSecond }) => perSecond),
      ...places.flatMap(({ key, limit }) => [limit, this.#places.held(key)]),
    ];
    const [index, waitMs = 0] = await this.#ask((redis) => redis.admitShared(keys.length, ...keys, ...head, ...limits));
    if (index === undefined) return undefined;
    const { key } = [...rates, ...places][index - 1] as Rate | Places;
    return { key, waitMs };
  }

  /** Once in a while, and as soon as Redis is back: the lease, and who was kicked meanwhile. */
  async #renew(): Promise<void> {
    if (this.#renewing) return;
    this.#renewing = true;
    const keys = [this.#key('replica', this.#me), this.#key('kicked')];
    try {
      const [held, ...kicks] = await this.#command((redis) =>
        redis.renewShared(2, ...keys, LEASE_MS, this.#options.kickMs, this.#newestKick),
      );
      this.#tell(kicks);
      if (held === 0) this.#unsettle(this.#places.keys());
      this.#reachable = true;
      this.known = true;
      void this.#settle();
    } catch {
      // The bus tells that Redis is away; here it is asked again.
      this.#reachable = false;
    }
    this.#renewing = false;
  }

  #tell(kicks: readonly string[]): void {
    for (let index = 0; index < kicks.length; index += 2) {
      const [subject, at] = kicks.slice(index, index + 2) as [string, string];
      this.#newestKick = Math.max(this.#newestKick, Number(at));
      this.#kicked?.({ subject, at: Number(at) });
    }
  }

  #unsettle(keys: readonly string[]): void {
    for (const key of keys) this.#unsettled.add(key);
    if (!this.#settling && this.#unsettled.size > 0) setImmediate(() => void this.#settle());
  }

  /** Tells Redis what this replica holds, of all places of which that has changed. */
  async #settle(): Promise<void> {
    if (this.#settling) return;
    this.#settling = true;
    while (this.#unsettled.size > 0 && this.#reachable) {
      const names = [...this.#unsettled].slice(0, SETTLE_KEYS);
      for (const name of names) this.#unsettled.delete(name);
      const keys = names.map((name) => this.#key('streams', name));
      const held = names.map((name) => this.#places.held(name));
      try {
        await this.#ask((redis) => redis.settleShared(keys.length, ...keys, this.#me, this.#options.placeMs, ...held));
      } catch {
        // After the next renewal.
        for (const name of names) this.#unsettled.add(name);
        break;
      }
    }
    this.#settling = false;
  }

  /** As `#command`, but at once where the last renewal has failed: a Redis that is frozen still looks connected. */
  async #ask<T>(command: (redis: SharedCommands) => Promise<T>): Promise<T> {
    if (!this.#reachable) throw new BusUnavailable('Redis does not answer');
    return this.#command(command);
  }

  async #command<T>(command: (redis: SharedCommands) => Promise<T>): Promise<T> {
    if (this.#redis.status !== 'ready') throw new BusUnavailable('Redis cannot be reached');
    try {
      return await command(this.#redis);
    } catch (error) {
      throw new BusUnavailable((error as Error).message, { cause: error });
    }
  }

  /** The braces keep all keys of a partition together, beside its log. */
  #key(kind: string, name?: string): string {
    return `${this.#options.prefix}:{0}:${kind}${name === undefined ? '' : `:${name}`}`;
  }
}
