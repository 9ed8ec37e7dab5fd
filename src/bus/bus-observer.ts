// What a bus over Redis tells of itself.

import type { RepairReason } from './follower.ts';
import type { BusRole } from './redis-connection.ts';

/** What the bus tells the metrics, and the one thing it cannot live with. */
export interface BusObserver {
  connected(role: BusRole, up: boolean): void;
  frame(): void;
  repaired(reason: RepairReason): void;
  /** A probe was published and received by this replica. */
  roundtrip(seconds: number): void;
  /** This Redis cannot be used at all; `reason` says what to change. */
  refused(reason: string): void;
}
