// What has come and is not in the list yet: until the next frame, or for as long as the tail is paused or nobody can see the
// page. Bounded like the list itself; what is too much is counted. Knows no document.

export class Waiting {
  #maxItems;
  #maxChars;
  #items = [];
  #chars = 0;
  #lost = 0;

  /** @param maxChars of all texts together */
  constructor(maxItems, maxChars) {
    this.#maxItems = maxItems;
    this.#maxChars = maxChars;
  }

  /** How many have come, whether or not they are still here. */
  get count() {
    return this.#items.length + this.#lost;
  }

  add(item) {
    this.#items.push(item);
    this.#chars += lengthOf(item);
    // Twice as much as is kept, so that not every message moves all others.
    if (this.#items.length > 2 * this.#maxItems || this.#chars > 2 * this.#maxChars) this.#drop();
  }

  /** Takes all out. `lost` have come before `items`, and are not among them. */
  take() {
    if (this.#items.length > this.#maxItems || this.#chars > this.#maxChars) this.#drop();
    const [items, lost] = [this.#items, this.#lost];
    [this.#items, this.#chars, this.#lost] = [[], 0, 0];
    return { items, lost };
  }

  #drop() {
    let count = 0;
    while (this.#items.length - count > this.#maxItems || this.#chars > this.#maxChars) {
      this.#chars -= lengthOf(this.#items[count]);
      count += 1;
    }
    this.#items.splice(0, count);
    this.#lost += count;
  }
}

const lengthOf = ({ data = '' }) => data.length;
