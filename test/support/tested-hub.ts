// A hub over a ring that is filled by hand, what it says it has done, and streams over real sockets that are live in it.

import { expect } from 'vitest';
import { BEFORE_ALL, type Entry } from '../../src/entry.ts';
import { Hub } from '../../src/hub.ts';
import { Ring } from '../../src/ring.ts';
import { type StreamPair, streamPair } from './stream-pair.ts';

const SLOW_BYTES = 65_536;

export interface TestedHub {
  readonly hub: Hub;
  /** Appends to the ring and then tells the hub, as a bus does. */
  append(...entries: readonly Entry[]): void;
  readonly delivered: { readonly ids: readonly string[]; readonly events: number; readonly bytes: number }[];
  readonly resets: [reason: string, streams: number][];
}

export function createHub(): TestedHub {
  const ring = new Ring({ entries: 1_000, bytes: 100_000_000 });
  ring.restart(BEFORE_ALL);
  const delivered: TestedHub['delivered'] = [];
  const resets: TestedHub['resets'] = [];
  const hub = new Hub(() => ring.position ?? BEFORE_ALL, SLOW_BYTES, {
    delivered(messages, events, bytes, tookMs) {
      expect(tookMs).toBeGreaterThanOrEqual(0);
      delivered.push({ ids: messages.map(({ id }) => id), events, bytes });
    },
    reset: (reason, streams) => resets.push([reason, streams]),
  });
  const append = (...entries: readonly Entry[]) => {
    for (const entry of entries) {
      ring.append(entry);
      hub.append(entry);
    }
  };
  return { hub, append, delivered, resets };
}

/** Opens a stream and makes it live. */
export async function join({ hub }: TestedHub, ...channels: readonly string[]): Promise<StreamPair> {
  const pair = await streamPair(channels);
  hub.join(pair.stream);
  return pair;
}
