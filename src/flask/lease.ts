// The lease of the intake as one replica sees it, and the marks that its steps publish. What is atomic is in lease.lua.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type { Fence } from '../bus/redis-scripts.ts';
import { decodePosition, encodePosition, type Position } from './position.ts';

// The longest that nobody takes messages in after a holder has died is this and one try.
const LEASE_MS = 2_000;

/** What a step has found. */
export interface Found {
  readonly held: boolean;
  readonly epoch: string;
  /** The newest mark there is. */
  readonly mark: number;
  readonly taken: Position;
}

export interface Mark {
  readonly epoch: string;
  readonly mark: number;
  /** Nobody has the lease, or who has it waits for another to take it over. */
  readonly free: boolean;
  readonly taken: Position;
}

type Reply = [word: 'held' | 'lost' | 'others', epoch: string, mark: number, taken: string, token: string];
interface LeaseCommands extends Redis {
  flaskLease(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<Reply>;
}

export class Lease {
  /** Where marks are published. PUBLISH ignores the database, so it is part of the channel. */
  readonly channel: string;
  readonly #redis: LeaseCommands;
  readonly #me = randomUUID();
  readonly #key: string;
  readonly #state: string;
  #token: string | undefined;

  /** @param prefix of all keys and channels */
  constructor(redis: Redis, prefix: string, database: number) {
    redis.defineCommand('flaskLease', { lua: readFileSync(new URL('lease.lua', import.meta.url), 'utf8') });
    this.#redis = redis as LeaseCommands;
    // The braces keep all keys of a partition together, beside its log.
    this.#state = `${prefix}:{0}:flask`;
    this.#key = `${this.#state}:lease`;
    this.channel = `${this.#state}:${database}`;
  }

  /** True while this replica has the lease for all it knows. */
  get held(): boolean {
    return this.#token !== undefined;
  }

  /** For an append after which everything up to `position` is taken. The lease is held. */
  fence(position: Position): Fence {
    return { lease: this.#key, state: this.#state, token: this.#token as string, done: encodePosition(position) };
  }

  /** What was sent under the token is lost or unknown: only a new one can be trusted. */
  doubt(): void {
    this.#token = undefined;
  }

  /** @param overtaking whether it may be taken from who waits for that */
  acquire(overtaking: boolean): Promise<Found> {
    return this.#step('acquire', overtaking);
  }

  /** @param yielding whether another shall take it over */
  renew(taken: Position, yielding: boolean): Promise<Found> {
    return this.#step('renew', yielding, taken);
  }

  release(taken: Position): Promise<Found> {
    return this.#step('release', false, taken);
  }

  async #step(act: 'acquire' | 'renew' | 'release', flag: boolean, done?: Position): Promise<Found> {
    const position = done === undefined ? '' : encodePosition(done);
    const words = [act, this.channel, this.#me, LEASE_MS, randomUUID(), flag ? '1' : '', this.#token ?? '', position];
    // Until the answer is there, nobody knows whether it is held.
    this.#token = undefined;
    const [word, epoch, mark, taken, token] = await this.#redis.flaskLease(2, this.#key, this.#state, ...words);
    if (word === 'held') this.#token = token;
    return { held: word === 'held', epoch, mark, taken: decodePosition(taken) };
  }
}

// Whoever reaches Redis can publish there, so it may be something else.
const MARK = /^(\d{15}-[^\t]+)\t(\d{1,15})\t(free|held)\t((?:\[[^\t]*\])?)$/;

/** A mark as `lease.lua` publishes it; undefined where it is none. */
export function decodeMark(bytes: Buffer): Mark | undefined {
  const [, epoch = '', mark, free, taken = ''] = MARK.exec(bytes.toString()) ?? [];
  if (mark === undefined) return undefined;
  try {
    return { epoch, mark: Number(mark), free: free === 'free', taken: decodePosition(taken) };
  } catch {
    // Not JSON.
    return undefined;
  }
}
