// Redis as what replicas share sees it: the keys, the scripts as commands, and how a command fails.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { BusUnavailable } from '../bus/bus.ts';
import { RATES_LUA } from '../limits/rates.ts';

type Script<Reply> = (keyCount: number, ...keysAndArguments: (string | number)[]) => Promise<Reply>;
/** What the scripts take and return, their own heads say. */
export interface SharedCommands extends Redis {
  admitShared: Script<[] | [index: number, waitMs: number]>;
  settleShared: Script<number>;
  renewShared: Script<[held: 0 | 1, newest: string, ...kicks: string[]]>;
  kickShared: Script<string>;
  tellShared: Script<number>;
}
const SCRIPTS = {
  // Its head says why it is not whole.
  admitShared: `#!lua\n${RATES_LUA}${script('admit.lua')}`,
  settleShared: script('settle.lua'),
  renewShared: script('renew.lua'),
  kickShared: script('kick.lua'),
  tellShared: script('tell.lua'),
} satisfies Record<Exclude<keyof SharedCommands, keyof Redis>, string>;

/** Of keys. */
type Kind = 'ticket' | 'rights' | 'kicked' | 'kicked-at' | 'rate' | 'streams' | 'replica' | 'replicas' | 'channels';
type Command<T> = (redis: SharedCommands) => Promise<T>;

export class RedisStore {
  /** Whether the last renewal was answered: a Redis that is frozen still looks connected. */
  reachable = false;
  /** As whom this replica is known to Redis. */
  holder: string = randomUUID();
  readonly #redis: SharedCommands;
  readonly #prefix: string;

  constructor(redis: Redis, prefix: string) {
    for (const [name, lua] of Object.entries(SCRIPTS)) redis.defineCommand(name, { lua });
    this.#redis = redis as SharedCommands;
    this.#prefix = prefix;
  }

  get connected(): boolean {
    return this.#redis.status === 'ready';
  }

  /** The braces keep all keys of a partition together, beside its log. */
  key(kind: Kind, name?: string): string {
    return `${this.#prefix}:{0}:${kind}${name === undefined ? '' : `:${name}`}`;
  }

  onReady(act: () => void): void {
    this.#redis.on('ready', act);
  }

  /** @throws BusUnavailable, at once where Redis is known not to answer */
  async ask<T>(command: Command<T>): Promise<T> {
    if (!this.reachable) throw new BusUnavailable('Redis does not answer');
    return this.try(command);
  }

  /** As `ask`, whatever is known. */
  async try<T>(command: Command<T>): Promise<T> {
    if (!this.connected) throw new BusUnavailable('Redis cannot be reached');
    try {
      return await command(this.#redis);
    } catch (error) {
      throw new BusUnavailable((error as Error).message, { cause: error });
    }
  }
}

function script(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
