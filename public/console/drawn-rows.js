// The rows that are in the document: made when they come into view, and taken out when they leave it.

import { createRow, setOpen } from './row.js';

export class DrawnRows {
  #list;
  #box;
  #page;
  #rows = new Map();
  #observer;

  /**
   * @param list the `ol` they stand in; `box` what scrolls
   * @param resized told the number and height of an open row whenever it has another height
   */
  constructor(list, box, page, resized) {
    this.#list = list;
    this.#box = box;
    this.#page = page;
    this.#observer = new ResizeObserver((entries) => {
      const heights = entries.flatMap(({ target }) =>
        target.isConnected ? [[numberOf(target), target.offsetHeight]] : [],
      );
      if (heights.length > 0) resized(heights);
    });
  }

  get(n) {
    return this.#rows.get(n);
  }

  /** Shows these items and no others; `first` is the place of the first of them among `total`, -1 where that changes. */
  place(items, first, total, isOpen) {
    const wanted = new Set(items.map(({ n }) => n));
    for (const [n, row] of this.#rows) if (!wanted.has(n)) this.#remove(n, row);
    let next = this.#list.firstElementChild;
    for (const [index, item] of items.entries()) {
      const row = this.#rows.get(item.n) ?? this.#create(item, isOpen(item.n));
      row.ariaPosInSet = String(first + index + 1);
      row.ariaSetSize = String(total);
      if (row === next) next = row.nextElementSibling;
      else this.#list.insertBefore(row, next);
    }
  }

  /** Takes all out, so that the next placing makes them anew. */
  clear() {
    for (const [n, row] of this.#rows) this.#remove(n, row);
  }

  open(row, item, open) {
    setOpen(row, item, open, this.#page);
    if (open) this.#observer.observe(row);
    else this.#observer.unobserve(row);
  }

  #create(item, open) {
    const row = createRow(item, this.#page);
    this.#rows.set(item.n, row);
    if (open) this.open(row, item, true);
    return row;
  }

  #remove(n, row) {
    // Focus must not fall back to the top of the page.
    if (row.contains(document.activeElement)) this.#box.focus({ preventScroll: true });
    this.#observer.unobserve(row);
    row.remove();
    this.#rows.delete(n);
  }
}

/** The number of the item that a row shows. */
export function numberOf(row) {
  return Number(row.dataset.n);
}
