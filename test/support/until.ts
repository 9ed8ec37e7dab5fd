// Waiting for a condition instead of for a time. What never comes true fails with the name of what was waited for.

import { setTimeout as wait } from 'node:timers/promises';

const LOOK_AGAIN_MS = 10;
// Generous, for machines with few and busy cores: nothing is timed by it.
const GIVE_UP_MS = 20_000;

/** Resolves once `condition` holds; `what` names it in the error. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  giveUpMs = GIVE_UP_MS,
): Promise<void> {
  const giveUpAt = performance.now() + giveUpMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`Waited in vain for this: ${what}`);
    await wait(LOOK_AGAIN_MS);
  }
}
