// What the page keeps: messages and notices in order, and which of them the filter lets through. Bounded in number and in
// length, so that a page that is open for a week stays as fast as in its first minute. Knows no document.

/** Index of the first item whose number is not below `n`. */
export function indexOf(items, n) {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].n < n) low = middle + 1;
    else high = middle;
  }
  return low;
}

const lengthOf = ({ data = '' }) => data.length;

export class Store {
  #maxItems;
  #maxChars;
  #chars = 0;
  #next = 0;
  #before = -1;
  #passes = () => true;
  /** Everything that is kept, oldest first; numbers (`n`) rise by one. */
  items = [];
  /** Those of them that the filter lets through. */
  visible = [];

  /** @param maxChars of all texts together */
  constructor(maxItems, maxChars) {
    this.#maxItems = maxItems;
    this.#maxChars = maxChars;
  }

  /** The oldest message, if there is any. */
  get oldest() {
    return this.items.find(({ kind }) => kind === 'message');
  }

  /** Adds behind the newest; what is too much goes at the other end. Returns whether something went. */
  append(items) {
    for (const item of items) {
      item.n = this.#next;
      this.#next += 1;
      this.#chars += lengthOf(item);
      this.items.push(item);
      if (this.#passes(item)) this.visible.push(item);
    }
    return this.#trim();
  }

  /** Adds before the oldest as much as there is room for: `items` are in order. Returns how many it took. */
  prepend(items) {
    const taken = [];
    for (const item of items.toReversed()) {
      if (this.items.length + taken.length >= this.#maxItems || this.#chars >= this.#maxChars) break;
      item.n = this.#before;
      this.#before -= 1;
      this.#chars += lengthOf(item);
      taken.unshift(item);
    }
    this.items.unshift(...taken);
    this.visible.unshift(...taken.filter(this.#passes));
    return taken.length;
  }

  /** Forgets all; numbers go on, so that no new item is taken for one that was here. */
  clear() {
    [this.items, this.visible, this.#chars] = [[], [], 0];
    this.#before = this.#next - 1;
  }

  filter(passes) {
    this.#passes = passes;
    this.visible = this.items.filter(passes);
  }

  #trim() {
    let count = Math.max(0, this.items.length - this.#maxItems);
    for (const item of this.items.slice(0, count)) this.#chars -= lengthOf(item);
    while (this.#chars > this.#maxChars && count < this.items.length - 1) {
      this.#chars -= lengthOf(this.items[count]);
      count += 1;
    }
    if (count === 0) return false;
    this.items.splice(0, count);
    this.visible.splice(0, indexOf(this.visible, this.items[0].n));
    // Older ones, if asked for again, take the numbers before the oldest that is left.
    this.#before = this.items[0].n - 1;
    return true;
  }
}
