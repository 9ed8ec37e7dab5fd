// Where each row stands: all have one height, but for those few that are open. So no row has to be measured to know where
// another is, and ten thousand cost as much as ten. Knows no document; lengths are CSS pixels.

export class RowLayout {
  rowHeight = 1;
  count = 0;
  /** Open rows in order: their index, and by how much they are taller. */
  #open = [];

  /** @param open rows as `{ index, height }`, in any order */
  setOpen(open) {
    this.#open = open
      .map(({ index, height }) => ({ index, extra: Math.max(0, height - this.rowHeight) }))
      .sort((a, b) => a.index - b.index);
  }

  get height() {
    return this.top(this.count);
  }

  /** The upper edge of a row; of the row behind the last, the lower edge of all. */
  top(index) {
    let top = index * this.rowHeight;
    for (const { index: at, extra } of this.#open) if (at < index) top += extra;
    return top;
  }

  /** The row at a height. Above the first it is the first, below the last the last. */
  indexAt(y) {
    let extraAbove = 0;
    for (const { index, extra } of this.#open) {
      const top = index * this.rowHeight + extraAbove;
      if (y < top) break;
      if (y < top + this.rowHeight + extra) return this.#within(index);
      extraAbove += extra;
    }
    return this.#within(Math.floor((y - extraAbove) / this.rowHeight));
  }

  #within(index) {
    return Math.max(0, Math.min(this.count - 1, index));
  }
}
