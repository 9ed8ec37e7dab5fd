// Keyboard and pointer in the list: it is one stop for Tab, the arrow keys lead from row to row, Enter or a click opens one,
// and Escape leads back out of it.

/** @param list the List in `box` */
export function listenToKeys(box, list) {
  function focus(index) {
    if (list.count === 0) return;
    list.follow(false);
    const row = list.reveal(Math.max(0, Math.min(list.count - 1, index)));
    // A notice has nothing to open, but can be read.
    const target = row?.querySelector('.opener') ?? row;
    if (!target) return;
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
  }

  box.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const row = event.target.closest('.entry');
    // Within an open message keys do what they do anywhere.
    const inside = row?.querySelector('.detail')?.contains(event.target);
    if (inside && event.key !== 'Escape') return;
    const index = row ? list.indexOfRow(row) : list.count;
    const moves = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: list.count - 1 };
    if (inside) row.querySelector('.opener').focus();
    else if (event.key === 'Escape' && row) box.focus();
    else if (event.key in moves) focus(moves[event.key]);
    else return;
    event.preventDefault();
  });

  // Rows that move on between a press and its release would not be hit.
  box.addEventListener('pointerdown', ({ target }) => {
    if (target.closest('.entry')) list.follow(false);
  });
  // Anywhere on a closed line; but who marks text does not want to open it.
  box.addEventListener('click', ({ target }) => {
    const row = target.closest('.line')?.parentElement;
    if (row && (target.closest('.opener') || String(getSelection()) === '')) list.toggle(row);
  });
}
