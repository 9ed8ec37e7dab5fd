// What an address and a subject may take of the cluster: streams at a time, streams and messages in a second. Whatever is
// over a limit is refused with when to come back; what is there already is not touched.

import type { Context } from 'koa';
import type { Identity } from '../access/identity.ts';
import type { Config } from '../config.ts';
import type { Limit } from '../metric-labels.ts';
import { OverLimit } from '../problem.ts';
import type { Places, Shared } from '../shared/shared.ts';
import { countedAddress } from './address.ts';
import type { Rate, Refusal } from './rates.ts';

export type LimitsConfig = Pick<
  Config,
  | 'maxStreamsPerAddress'
  | 'maxStreamsPerSubject'
  | 'maxConnectsPerAddress'
  | 'maxPublishesPerAddress'
  | 'maxPublishesPerSubject'
>;

type SharedLimit = Extract<
  Limit,
  'streams_address' | 'streams_subject' | 'connects_address' | 'publishes_address' | 'publishes_subject'
>;

// Where nobody can know when a place is free, a client is asked to leave a while.
const FULL_WAIT_S = 5;

export class Limits {
  readonly #config: LimitsConfig;
  readonly #shared: Shared;

  constructor(config: LimitsConfig, shared: Shared) {
    this.#config = config;
    this.#shared = shared;
  }

  /**
   * Takes a place for one stream.
   * @returns what to give back with `leave` when it has ended
   * @throws Problem 429
   */
  async takePlace(ctx: Context, identity: Identity | undefined): Promise<readonly string[]> {
    const { maxStreamsPerAddress, maxStreamsPerSubject, maxConnectsPerAddress } = this.#config;
    const address = () => countedAddress(ctx.ip);
    const subject = () => identity?.subject;
    const taken = [
      ...places('streams_address', address, maxStreamsPerAddress),
      ...places('streams_subject', subject, maxStreamsPerSubject),
    ];
    await this.#admit(rate('connects_address', address, maxConnectsPerAddress), taken);
    return taken.map(({ key }) => key);
  }

  /**
   * Counts what costs about as much as a stream that is asked for: a ticket for one, or a page of what was.
   * @throws Problem 429
   */
  takeTurn(ctx: Context): Promise<void> {
    const address = () => countedAddress(ctx.ip);
    return this.#admit(rate('connects_address', address, this.#config.maxConnectsPerAddress), []);
  }

  leave(places: readonly string[]): void {
    if (places.length > 0) this.#shared.leave(places);
  }

  /**
   * What a publish of so many messages is taken of: by the bus, in the step that adds them, so that what is not added, or had
   * been before, costs nothing.
   * @throws Problem 413 for more at once than may pass in a second
   */
  publishRates(ctx: Context, identity: Identity | undefined, messages: number): readonly Rate[] {
    const rates = [
      ...rate('publishes_address', () => countedAddress(ctx.ip), this.#config.maxPublishesPerAddress),
      ...rate('publishes_subject', () => identity?.subject, this.#config.maxPublishesPerSubject),
    ];
    const least = rates.find(({ perSecond }) => messages > perSecond);
    if (least !== undefined) {
      const detail = `You may send ${least.perSecond} messages a second, and this batch has ${messages}: split it.`;
      throw new OverLimit(413, limitOf(least.key), detail);
    }
    return rates;
  }

  async #admit(rates: readonly Rate[], places: readonly Places[]): Promise<void> {
    if (rates.length === 0 && places.length === 0) return;
    const refusal = await this.#shared.admit({ rates, places });
    if (refusal !== undefined) throw asProblem(refusal, [...rates, ...places]);
  }
}

/** @param who is asked only where there is a limit */
function rate(limit: SharedLimit, who: () => string | undefined, perSecond: number): readonly Rate[] {
  const name = perSecond === 0 ? undefined : who();
  return name === undefined ? [] : [{ key: `${limit}:${name}`, perSecond }];
}

function places(limit: SharedLimit, who: () => string | undefined, most: number): readonly Places[] {
  const name = most === 0 ? undefined : who();
  return name === undefined ? [] : [{ key: `${limit}:${name}`, limit: most }];
}

/** A key says whose it is behind its limit. */
function limitOf(key: string): SharedLimit {
  return key.slice(0, key.indexOf(':')) as SharedLimit;
}

/** A refusal as the client is told it. @param asked what it was asked of */
export function asProblem({ key, waitMs }: Refusal, asked: readonly (Rate | Places)[]): OverLimit {
  const limit = limitOf(key);
  const found = asked.find((each) => each.key === key) as Rate | Places;
  const detail = `${WORDS[limit]('limit' in found ? found.limit : found.perSecond)} Come back after Retry-After seconds.`;
  const seconds = waitMs === 0 ? FULL_WAIT_S : Math.ceil(waitMs / 1_000);
  return new OverLimit(429, limit, detail, { 'Retry-After': String(seconds) });
}

const WORDS: Readonly<Record<SharedLimit, (most: number) => string>> = {
  streams_address: (most) => `Your address has ${most} streams open, which is all it may: close one.`,
  streams_subject: (most) => `You have ${most} streams open, which is all you may: close one.`,
  connects_address: (most) => `Your address opens more than ${most} streams a second.`,
  publishes_address: (most) => `Your address sends more than ${most} messages a second.`,
  publishes_subject: (most) => `You send more than ${most} messages a second.`,
};
