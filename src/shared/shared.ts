// The seam to what replicas share beside the log: rates and places that hold over the cluster, tickets that are good once
// on any replica, who has been kicked, and who is there. Two implementations pass one suite: memory (one process) and Redis. This
// comment and those below are the contract; whoever implements it MUST keep them.
//
// None of it is a replica's own: what a dead replica held frees itself, and what a replica knows another can read.

import type { ChannelCounts } from '../channel-counts.ts';
import type { ChannelList } from '../channel-list.ts';
import type { Rate, Refusal } from '../limits/rates.ts';

/** So many streams may be open at a time. */
export interface Places {
  readonly key: string;
  readonly limit: number;
}

export interface Admission {
  readonly rates: readonly Rate[];
  /** One place is taken of each. */
  readonly places: readonly Places[];
}

export interface Kick {
  readonly subject: string;
  /** Milliseconds since 1970: what was issued until then is refused. */
  readonly at: number;
}

/** What a replica says of itself. */
export interface ReplicaState {
  readonly name: string;
  readonly version: string;
  /** ISO 8601. */
  readonly started: string;
  readonly streams: number;
  /** How many messages have come to it since it began. */
  readonly messages: number;
  /** The newest entry that it has covered; null before it knows any. */
  readonly position: string | null;
  readonly draining: boolean;
}

/** A replica, as the others shall see it and hear from them. */
export interface Member {
  kicked(kick: Kick): void;
  /** All kicks that it remembers, for a bus that has forgotten them. */
  remembered(): readonly Kick[];
  state(): ReplicaState;
  readonly channels: ChannelCounts;
}

export interface Shared {
  /**
   * Begins. Of `member` the others are told at least once a second. Every kick that is remembered is told, those of other replicas within a second of being known here; one may be
   * told again.
   */
  start(member: Member): void;

  /** False until what has been kicked is known. */
  readonly known: boolean;

  /**
   * Takes of all rates and places in one step, or of none.
   * While the bus is away each replica holds the limits for itself, so that streams can be served from memory.
   * @returns undefined where it was taken
   */
  admit(admission: Admission): Promise<Refusal | undefined>;

  /** Gives back one place of each. */
  leave(keys: readonly string[]): void;

  /**
   * Keeps what a ticket stands for.
   * @throws BusUnavailable
   */
  putTicket(ticket: string, value: string, ttlMs: number): Promise<void>;

  /**
   * What a ticket stands for; nobody gets it again.
   * @throws BusUnavailable, where it may have been taken
   */
  takeTicket(ticket: string): Promise<string | undefined>;

  /**
   * What a ticket stands for, without taking it.
   * @throws BusUnavailable
   */
  lookAtTicket(ticket: string): Promise<string | undefined>;

  /**
   * Remembers a kick, and tells it to every replica. Its time is that of the bus, and never before an earlier one's of the
   * same subject; a clock that was wrong once MUST change nothing for others.
   * @throws BusUnavailable, where the outcome is unknown and repeating it is safe
   */
  kick(subject: string): Promise<void>;

  /**
   * The replicas that are there: one that died is gone within 5 s.
   * @throws BusUnavailable
   */
  replicas(): Promise<readonly ReplicaState[]>;

  /**
   * How many streams listen to each channel, over all replicas that are there; right within 5 s.
   * @throws BusUnavailable
   */
  channels(): Promise<ChannelList>;

  /** Gives everything back, and lets go of timers. Nothing is told afterwards. */
  close(): Promise<void>;
}
