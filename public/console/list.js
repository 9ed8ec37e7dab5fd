// The list on the screen: of all that is kept, only the rows in view are in the document. Draws at most once a frame,
// however much arrives. The newest row stays in view until the reader scrolls up to read; then what is being read stays
// where it is, whatever comes, goes or opens around it.

import { DrawnRows, numberOf } from './drawn-rows.js';
import { RowLayout } from './row-layout.js';
import { indexOf } from './store.js';

// Rows drawn beyond either edge, so that a scroll shows rows and not their absence.
const overscan = 6;
// Half a line of slack: zoomed pages scroll by fractions of a pixel.
const bottomSlackPx = 12;

export class List {
  #box;
  #sizer;
  #list;
  #store;
  #viewChanged;
  #rows;
  #layout = new RowLayout();
  /** Heights of open rows, by number. */
  #open = new Map();
  #due = false;
  /** Where the list begins in the box, and how much of the box can be seen. */
  #offset = 0;
  #view = 0;
  /** Where it was last known to have been scrolled to. */
  #scrollTop = 0;
  following = true;
  endInView = true;

  /**
   * @param box what scrolls; in it a `.sizer` with an `ol`, and a `.probe` as high as a closed row
   * @param page what rows need, and `viewChanged()`, called when `following` or `endInView` has changed
   */
  constructor(box, store, page) {
    this.#box = box;
    this.#sizer = box.querySelector('.sizer');
    this.#list = this.#sizer.querySelector('ol');
    this.#store = store;
    this.#viewChanged = page.viewChanged;
    this.#rows = new DrawnRows(this.#list, box, page, (heights) => this.#resized(heights));
    const probe = box.querySelector('.probe');
    const observer = new ResizeObserver(() => this.#measure(probe));
    observer.observe(box);
    observer.observe(probe);
    box.addEventListener('scroll', () => this.#scrolled());
  }

  get count() {
    return this.#layout.count;
  }

  /** Shows what `change` makes of the store; what is being read stays where it is. */
  update(change = () => {}) {
    const anchor = this.following ? undefined : this.#anchor();
    change();
    for (const n of this.#open.keys()) if (!this.#itemOf(n)) this.#open.delete(n);
    this.#arrange();
    if (!anchor) return this.#schedule();
    this.#restore(anchor);
    // The rows move in the frame that scrolls: in any other they would be seen to jump.
    this.#draw();
  }

  /** Draws every row anew: what they show has changed. */
  redraw() {
    this.#rows.clear();
    this.update();
  }

  follow(following = true) {
    if (this.following === following) return;
    this.following = following;
    this.#viewChanged();
    this.#schedule();
  }

  /** The row at a place, scrolled into view. */
  reveal(index) {
    const top = this.#offset + this.#layout.top(index);
    const bottom = this.#offset + this.#layout.top(index + 1);
    if (top < this.#box.scrollTop) this.#box.scrollTop = top;
    else if (bottom > this.#box.scrollTop + this.#view) this.#box.scrollTop = Math.min(top, bottom - this.#view);
    this.#draw();
    return this.#rows.get(this.#store.visible[index]?.n);
  }

  indexOfRow(row) {
    return indexOf(this.#store.visible, numberOf(row));
  }

  /** Opens a message's row, or closes it. */
  toggle(row) {
    const n = numberOf(row);
    const item = this.#itemOf(n);
    if (!item || item.kind === 'notice') return;
    // Who opens one wants to read it.
    this.follow(false);
    const open = !this.#open.has(n);
    this.#rows.open(row, item, open);
    if (open) this.#open.set(n, row.offsetHeight);
    else this.#open.delete(n);
    this.#arrange();
    this.#schedule();
  }

  #itemOf(n) {
    const item = this.#store.visible[indexOf(this.#store.visible, n)];
    return item?.n === n ? item : undefined;
  }

  #arrange() {
    const { visible } = this.#store;
    this.#layout.count = visible.length;
    this.#layout.setOpen([...this.#open].map(([n, height]) => ({ index: indexOf(visible, n), height })));
  }

  #anchor() {
    const y = this.#box.scrollTop - this.#offset;
    const index = this.#layout.indexAt(y);
    return { n: this.#store.visible[index]?.n, delta: y - this.#layout.top(index) };
  }

  #restore({ n, delta }) {
    if (n === undefined) return;
    this.#sizer.style.height = `${this.#layout.height}px`;
    this.#scrollTo(this.#offset + this.#layout.top(indexOf(this.#store.visible, n)) + delta);
  }

  #scrollTo(top) {
    this.#box.scrollTop = top;
    this.#scrollTop = this.#box.scrollTop;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#box;
    const moved = scrollTop - this.#scrollTop;
    this.#scrollTop = scrollTop;
    // Told late, of what the list did itself: this is no wish of the reader's.
    if (moved === 0) return;
    // Following begins with a move to the end; being near it after one away from it, or after opening a row, is none.
    const atEnd = scrollHeight - scrollTop - clientHeight <= bottomSlackPx;
    this.follow(atEnd && (this.following || moved > 0));
    this.#schedule();
  }

  #measure(probe) {
    this.#layout.rowHeight = probe.getBoundingClientRect().height || 1;
    this.#view = this.#box.clientHeight;
    this.update();
  }

  #resized(heights) {
    for (const [n, height] of heights) this.#open.set(n, height);
    this.update();
  }

  #schedule() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#due = false;
    const layout = this.#layout;
    this.#offset = this.#sizer.offsetTop;
    this.#sizer.style.height = `${layout.height}px`;
    const end = Math.max(0, this.#offset + layout.height - this.#view);
    const scrollTop = this.following ? end : this.#box.scrollTop;
    const y = scrollTop - this.#offset;
    const first = Math.max(0, layout.indexAt(y) - overscan);
    const last = Math.min(layout.count, layout.indexAt(y + this.#view) + 1 + overscan);
    this.#list.style.transform = `translateY(${layout.top(first)}px)`;
    const total = this.following ? -1 : layout.count;
    this.#rows.place(this.#store.visible.slice(first, last), first, total, (n) => this.#open.has(n));
    if (this.following) this.#scrollTo(end);
    this.#tellEnd(end - scrollTop <= bottomSlackPx);
  }

  #tellEnd(inView) {
    if (this.endInView === inView) return;
    this.endInView = inView;
    this.#viewChanged();
  }
}
