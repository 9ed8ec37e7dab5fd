// What a named fault is: the tests try each once, and chaos tries them at random.

import type { Lab } from './cluster-under-fault.ts';

/** It is over, though not yet recovered from, when `run` resolves. */
export interface NamedFault {
  readonly rule: string;
  readonly name: string;
  /** Whether the bus loses its log, and each stream gets one `lost` for it. Otherwise there is no reset. */
  readonly loses?: true;
  /** Whether publishers may have to repeat. Otherwise every send is acknowledged at once, through nginx. */
  readonly failsSends?: true;
  run(lab: Lab): Promise<void>;
}

export async function oneByOne<T>(all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  for (const one of all) await each(one);
}
