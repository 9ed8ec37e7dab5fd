// Names that a token speaks of: exact ones, and beginnings. A token has room for thousands and is asked for many names, so
// they are put in order once, and what is asked then costs a look for one name, however many they are.

import { countUpTo, inOrder } from '../sorted-names.ts';

/** Channels or subjects: each is exact, or ends in `*` and stands for all that begin so. */
export type Patterns = readonly string[];

/** Patterns, put in order. */
interface Ordered {
  readonly exact: ReadonlySet<string>;
  /** None begins with another, so only the last one that is not behind a name may be its beginning. */
  readonly beginnings: readonly string[];
}

/** A list of patterns goes with the identity that it belongs to, and never changes. */
const known = new WeakMap<Patterns, Ordered>();

export function covers(patterns: Patterns, name: string): boolean {
  const { exact, beginnings } = ordered(patterns);
  if (exact.has(name)) return true;
  const beginning = beginnings[countUpTo(beginnings, name) - 1];
  return beginning !== undefined && name.startsWith(beginning);
}

function ordered(patterns: Patterns): Ordered {
  const found = known.get(patterns);
  if (found !== undefined) return found;
  const exact = new Set<string>();
  const open: string[] = [];
  for (const pattern of patterns) {
    if (pattern.endsWith('*')) open.push(pattern.slice(0, -1));
    else exact.add(pattern);
  }
  const beginnings: string[] = [];
  for (const beginning of inOrder(open)) {
    const last = beginnings.at(-1);
    if (last === undefined || !beginning.startsWith(last)) beginnings.push(beginning);
  }
  const made = { exact, beginnings };
  known.set(patterns, made);
  return made;
}
