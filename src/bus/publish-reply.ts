// What the publish script says, as the bus's own answers and errors.

import type { Id } from '../entry.ts';
import type { Rate } from '../limits/rates.ts';
import { BusUnavailable, KeyConflict, type Published, RateExceeded } from './bus.ts';

export type PublishReply =
  | [outcome: 'published' | 'repeated', ...ids: Id[]]
  | [outcome: 'conflict' | 'late' | 'stale']
  | [outcome: 'exceeded', rate: number, waitMs: number];

/** The lease of a fence is not held any more: nothing was added. */
export class LeaseLost extends Error {}

/**
 * @param rates that the publish was to be taken of
 * @throws KeyConflict, RateExceeded, LeaseLost, BusUnavailable
 */
export function published(reply: PublishReply, rates: readonly Rate[]): Published {
  const [outcome] = reply;
  switch (outcome) {
    case 'published':
    case 'repeated':
      return { ids: reply.slice(1) as Id[], repeated: outcome === 'repeated' };
    case 'conflict':
      throw new KeyConflict();
    case 'exceeded': {
      const [, index, waitMs] = reply;
      throw new RateExceeded({ key: (rates[index - 1] as Rate).key, waitMs });
    }
    case 'stale':
      throw new LeaseLost('another has the lease');
    case 'late':
      throw new BusUnavailable('it came to Redis too late');
  }
}
