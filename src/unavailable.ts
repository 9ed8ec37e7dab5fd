// What is told to who asks while the bus is away: 503, and when to come back.

import { BusUnavailable } from './bus/bus.ts';
import { Problem } from './problem.ts';

/** @param cause for the log alone */
export function unavailable(detail: string, cause: Error): Problem {
  return new Problem(503, detail, { 'Retry-After': '1' }, cause);
}

/**
 * What the bus answers.
 * @param detail for who asked, from the reason
 * @throws Problem 503 where the bus is away
 */
export async function whileReachable<T>(asked: Promise<T>, detail: (reason: string) => string): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof BusUnavailable)) throw error;
    throw unavailable(detail(error.message), error);
  }
}
