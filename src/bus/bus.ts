// The seam between replicas and what they share. Two implementations pass one suite: memory (one process, for
// development) and Redis. This comment and those below are the contract; whoever implements it MUST keep them.

import type { Entry, Id, ResetReason } from '../entry.ts';
import type { Rate, Refusal } from '../limits/rates.ts';
import type { Ring } from '../ring.ts';

/** What a publisher asks to have appended: the block is encoded, but for the id, which only the log can give. */
export interface Publication {
  readonly channels: readonly string[];
  readonly body: Buffer;
}

/** P4, P8: the same name with the same digest adds nothing within `ttlMs`; with another digest it is refused. */
export interface IdempotencyKey {
  readonly name: string;
  readonly digest: string;
  readonly ttlMs: number;
}

export interface Published {
  /** One id for each publication, in order. */
  readonly ids: readonly Id[];
  /** True where the key had been seen and nothing was added. */
  readonly repeated: boolean;
}

/**
 * A part of the log, read in one step. The read is inclusive: where the position asked for is still in the log, it
 * comes first, and so proves that nothing after it is missing.
 */
export interface Page {
  readonly entries: readonly Entry[];
  /** The id of the oldest entry in the log, which is never empty. */
  readonly oldest: Id;
  /** The id of the newest entry in the log. */
  readonly tip: Id;
  /** False where `entries` reaches the tip. */
  readonly more: boolean;
}

/** What the log holds, and so what can be resumed now. */
export interface LogExtent {
  readonly entries: number;
  /** Of its messages. */
  readonly bytes: number;
  /** When the oldest entry was appended, in milliseconds since 1970. */
  readonly oldestAt: number;
}

/** Told what happens to the log, in its order, after the ring has been brought up to date. */
export interface Listener {
  /** The next entry of the log; for a break, messages before it may be missing. */
  append(entry: Entry): void;
  /** The log cannot be followed without a hole: it goes on after `position`, and the ring holds nothing older. */
  gap(reason: ResetReason, position: Id): void;
}

export interface Bus {
  /**
   * This replica's window on the log: gapless, and its position is `undefined` until the bus knows where the log ends.
   * Only the bus writes to it.
   */
  readonly ring: Ring;

  /**
   * Begins to follow the log. Returns at once; the bus connects, and connects again, by itself.
   * Every entry is told once, in the log's order, whichever replica published it, its own publications among them:
   * a replica delivers only what comes back from here.
   */
  start(listener: Listener): void;

  /**
   * Appends all publications in order, or none (P2), and resolves once they are in the log (P3).
   * MUST NOT queue while the bus is away, and MUST NOT send a publication a second time by itself.
   * @param origin kept with each of them
   * @param rates what they are taken of, in the same step: one unit each where they are added, and nothing where not
   * @throws BusUnavailable within 2 s, where the outcome may be unknown (P5)
   * @throws BusFull, KeyConflict, RateExceeded where nothing was added
   */
  publish(
    publications: readonly Publication[],
    key?: IdempotencyKey,
    origin?: string,
    rates?: readonly Rate[],
  ): Promise<Published>;

  /**
   * Up to `limit` entries from `from` on, `from` itself included. At least one, where there is any, but fewer where they
   * are large.
   * @throws BusUnavailable
   */
  read(from: Id, limit: number): Promise<Page>;

  /**
   * Up to `limit` entries from `from` back, `from` itself included where it is still there: newest first. At least one,
   * where there is any, but fewer where they are large.
   * @throws BusUnavailable
   */
  readBack(from: Id, limit: number): Promise<readonly Entry[]>;

  /** Why a message published now might not reach this replica's streams; empty where it would. */
  unready(): readonly string[];

  /** What the log holds, as last heard; undefined before anything was. */
  readonly extent: LogExtent | undefined;

  /** For how many milliseconds nothing has come from the bus, probes among it; 0 for a bus that is always heard. */
  silentMs(): number;

  /** Lets go of connections and timers. Nothing is told afterwards. */
  close(): Promise<void>;
}

/** The bus did not answer in time, or is not connected. */
export class BusUnavailable extends Error {}

/** The bus has no memory left for the addition. */
export class BusFull extends Error {}

/** An idempotency key came back with another body. */
export class KeyConflict extends Error {}

/** One of the rates is used up. */
export class RateExceeded extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`${refusal.key} is used up`);
    this.refusal = refusal;
  }
}
