// Storms and calms in turn for as long as is wanted. A quarter of the time is calm, and in it nothing at all may go
// wrong; after each of both the workload comes to rest and is judged.

import type { Lab } from './cluster-under-fault.ts';
import { lasting, type NamedFault } from './named-fault.ts';
import { randomFrom } from './random.ts';
import { storm } from './storm.ts';
import type { Tally } from './tally.ts';

const STORM_MS = 30_000;
const CALM_MS = 10_000;

export async function chaos(lab: Lab, faults: readonly NamedFault[], minutes: number, tally: Tally): Promise<void> {
  const random = randomFrom(lab.random.seed);
  await lab.settle();
  const end = performance.now() + minutes * 60_000;
  while (performance.now() < end) {
    const struck = await storm(lab, faults, Math.min(STORM_MS, end - performance.now()), random);
    tally.add(struck, await lab.settle());
    await lasting(CALM_MS);
    tally.add([], await lab.settle());
  }
}
