// How a replica leaves: it says so at once, closes its streams one by one so that they do not all arrive elsewhere in
// the same moment, and goes on taking publishes meanwhile (R9).

import type { Streams } from './streams.ts';

const STEP_MS = 50;

/** How many of `total` streams are to be closed when `elapsedMs` of `drainMs` have passed: evenly, the first at once. */
export function closedBy(elapsedMs: number, drainMs: number, total: number): number {
  if (elapsedMs >= drainMs) return total;
  return Math.min(total, Math.floor((elapsedMs / drainMs) * total) + 1);
}

/**
 * Closes all streams, spread over `drainMs`.
 * @returns how many were closed
 */
export async function drain(streams: Streams, drainMs: number): Promise<number> {
  const leaving = streams.all();
  const begun = performance.now();
  let closed = 0;
  for (;;) {
    const due = closedBy(performance.now() - begun, drainMs, leaving.length);
    for (; closed < due; closed += 1) {
      const stream = leaving[closed];
      if (stream !== undefined) streams.close(stream, 'drain');
    }
    // Those that the clients have left meanwhile need no waiting for.
    if (closed >= leaving.length || streams.size === 0) return closed;
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}
