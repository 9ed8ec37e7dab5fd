// Names that a token speaks of: exact ones, and beginnings. A token has room for thousands and is asked for many names, so
// they are put in order once, and what is asked then costs a look for one name, however many they are.

import { countUpTo } from '../sorted-names.ts';

/** Channels or subjects: each is exact, or ends in `*` and stands for all that begin so. */
export type Patterns = readonly string[];

/** Patterns, put in order. */
class Ordered {
  readonly exact = new Set<string>();
  /** None begins with another, so only the last one that is not behind a name may be its beginning. */
  readonly beginnings: string[] = [];
  #all: readonly string[] | undefined;

  constructor(patterns: Patterns) {
    const open: string[] = [];
    for (const pattern of patterns) {
      if (pattern.endsWith('*')) open.push(pattern.slice(0, -1));
      else this.exact.add(pattern);
    }
    for (const beginning of open.sort()) {
      const last = this.beginnings.at(-1);
      if (last === undefined || !beginning.startsWith(last)) this.beginnings.push(beginning);
    }
  }

  /** Exact names and beginnings together. */
  get all(): readonly string[] {
    this.#all ??= [...new Set([...this.exact, ...this.beginnings])].sort();
    return this.#all;
  }
}

/** A list of patterns goes with the identity that it belongs to, and never changes. */
const known = new WeakMap<Patterns, Ordered>();

export function covers(patterns: Patterns, name: string): boolean {
  const { exact, beginnings } = ordered(patterns);
  if (exact.has(name)) return true;
  const beginning = beginnings[countUpTo(beginnings, name) - 1];
  return beginning !== undefined && name.startsWith(beginning);
}

/** Behind a name that is not covered: before what is returned, no other is either. Undefined where none follows. */
export function nextCovered(patterns: Patterns, name: string): string | undefined {
  const { all } = ordered(patterns);
  return all[countUpTo(all, name)];
}

function ordered(patterns: Patterns): Ordered {
  const found = known.get(patterns) ?? new Ordered(patterns);
  known.set(patterns, found);
  return found;
}
