// Names in the order of their UTF-16 units, the order of `<` and of `sort()`: pages need one that is everywhere the same.

import { setImmediate as nextTurn } from 'node:timers/promises';

// Of two hundred thousand names, as few take some milliseconds.
const TURN_NAMES = 5_000;

/** `names`, each of which is there once, in order. Others get their turn in between. */
export async function inOrder(names: readonly string[]): Promise<readonly string[]> {
  // Sorted runs, each longer than the one behind it: so each name is merged a few times alone.
  const runs: (readonly string[])[] = [];
  for (let at = 0; at < names.length; at += TURN_NAMES) {
    let run: readonly string[] = names.slice(at, at + TURN_NAMES).sort();
    while ((runs.at(-1)?.length ?? Number.POSITIVE_INFINITY) <= run.length) run = merged(runs.pop() ?? [], run);
    runs.push(run);
    await nextTurn();
  }
  return runs.reduceRight((behind, run) => merged(run, behind), []);
}

/** The sort of the platform finds runs, and merges them in as many steps as there are names. */
function merged(a: readonly string[], b: readonly string[]): readonly string[] {
  return a.concat(b).sort();
}

/** How many of `sorted` come before `name`: the index of the first that does not. */
export function countBefore(sorted: readonly string[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As `countBefore`, with `name` itself where it is there. */
export function countUpTo(sorted: readonly string[], name: string): number {
  const before = countBefore(sorted, name);
  return sorted[before] === name ? before + 1 : before;
}
