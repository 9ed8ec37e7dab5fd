// A storm: faults that strike at random, and several parts of the cluster at a time. A seed brings the same faults in the
// same order, but not at the same moments, since how long things take is no matter of chance.

import type { Lab } from './cluster-under-fault.ts';
import { lasting, type NamedFault } from './named-fault.ts';
import { pick, type Random } from './random.ts';

const MOST_AT_ONCE = 3;
// Until the next one strikes.
const MOST_BETWEEN_MS = 2_000;

/**
 * Resolves when the last fault is over, with all that struck.
 * @param random used for nothing else, or the order would depend on how long things take
 * @throws what a fault found wrong
 */
export async function storm(
  lab: Lab,
  faults: readonly NamedFault[],
  ms: number,
  random: Random,
): Promise<readonly NamedFault[]> {
  const struck: NamedFault[] = [];
  const running = new Map<NamedFault, Promise<void>>();
  const wrong: Error[] = [];
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const fault = pick(random, faults);
    while (!fits(fault, [...running.keys()])) await Promise.race(running.values());
    struck.push(fault);
    const over = fault
      .run(lab)
      .catch((error: Error) => void wrong.push(new Error(`${fault.name}: ${error.message}`, { cause: error })))
      .finally(() => running.delete(fault));
    running.set(fault, over);
    await lasting(random() * MOST_BETWEEN_MS);
  }
  await Promise.all(running.values());
  if (wrong.length > 0) {
    const complaints = wrong.map(({ message }) => message).join('; ');
    throw new AggregateError(wrong, `${complaints}. All that struck: ${struck.map(({ name }) => name).join(', ')}`);
  }
  return struck;
}

function fits(fault: NamedFault, running: readonly NamedFault[]): boolean {
  if (fault.alone) return running.length === 0;
  return running.length < MOST_AT_ONCE && running.every(({ alone, strikes }) => !alone && strikes !== fault.strikes);
}
