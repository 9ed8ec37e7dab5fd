// Names in the order of their UTF-16 units, the order of `<` and of `sort()`: pages need one that is everywhere the same.

export function inOrder(names: Iterable<string>): readonly string[] {
  return [...names].sort();
}

/** How many of `sorted` are not behind `name`: the index of the first that is. */
export function countUpTo(sorted: readonly string[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}
