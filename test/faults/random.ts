// All chance of a run comes from one seed, which is printed, so that a run can be had again.

export interface Random {
  /** From 0 up to, but without, 1. */
  (): number;
  readonly seed: number;
}

/** mulberry32: small, and good enough to spread faults. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Object.assign(next, { seed });
}

/** A seed from the environment's SEED, or a new one; printed either way. */
export function printedSeed(given = process.env['SEED']): number {
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  if (!Number.isInteger(seed)) throw new Error(`SEED must be a whole number, not ${given}`);
  console.info(`SEED=${seed}`);
  return seed;
}

export function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}
