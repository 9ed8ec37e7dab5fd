// What was before: pages of the log, read back from the oldest message that the page has, when the reader comes to the
// upper end of the list.

import { write } from '../dom.js';
import { t } from '../i18n.js';
import { ask } from './ask.js';

const pageSize = 100;

/**
 * @param control the button at the upper end, in `box`, which scrolls; `said` tells what came of it
 * @param page `channels()`, `oldest()`: an id or undefined, `start()`: where the stream began, `add(messages)`: false
 *   where there is no room for all of them
 */
export function loadOlder(box, control, said, page) {
  let busy = false;
  let ended = false;
  /** Where the last page ended, and the oldest message that there was then: another one now needs no cursor. */
  let cursor;
  let oldest;

  async function load() {
    if (busy || ended) return;
    busy = true;
    write(said, t('loading'));
    try {
      await readBack(page.channels());
    } catch (error) {
      write(said, `${t('olderFailed')} ${error.message}`);
    }
    busy = false;
  }

  /** Where a channel is rare, a page of the log may hold nothing of it, and still lead on. */
  async function readBack(channels) {
    let [found, gap, room] = [0, false, true];
    while (found === 0 && !ended) {
      const { messages, next, complete } = await ask(`/history?${queryFor(channels)}`);
      // Others have been chosen meanwhile: this is not their past.
      if (channels !== page.channels()) return;
      // Without a message to begin before, the log's end is where this page's stream began, or later.
      const older = messages.filter(({ id }) => isBefore(id, page.oldest() ?? page.start())).reverse();
      found = older.length;
      if (found > 0) room = page.add(older.map((each) => ({ kind: 'message', ...each, time: Date.parse(each.time) })));
      gap ||= !complete;
      [cursor, oldest] = [next ?? undefined, page.oldest()];
      ended = next === null || !room;
    }
    tell(room, gap);
  }

  function queryFor(channels) {
    const query = new URLSearchParams({ reverse: '1', limit: String(pageSize) });
    for (const channel of channels) query.append('channel', channel);
    const after = page.oldest() === oldest ? (cursor ?? oldest) : page.oldest();
    if (after) query.set('after', after);
    return query;
  }

  function tell(room, gap) {
    // Focus must not fall back to the top of the page.
    if (ended && control === document.activeElement) box.focus({ preventScroll: true });
    control.hidden = ended;
    if (!room) write(said, t('olderFull'));
    else if (gap) write(said, t('olderGap'));
    else write(said, ended ? t('olderEnd') : '');
  }

  control.addEventListener('click', () => void load());
  box.addEventListener('scroll', () => {
    if (box.scrollTop === 0 && box.scrollHeight > box.clientHeight) void load();
  });

  return {
    /**
     * There may be something to load again: other channels have a past of their own, and what is old is dropped.
     * @param why is said beside the button
     */
    restart(why = '') {
      [ended, cursor, control.hidden] = [false, undefined, false];
      write(said, why);
    },
  };
}

/** Whether one id is before another, or the same: the log's order is that of its ids. */
function isBefore(id, other) {
  if (!other) return true;
  const [time, sequence] = id.split('-').map(Number);
  const [otherTime, otherSequence] = other.split('-').map(Number);
  return time === otherTime ? sequence <= otherSequence : time < otherTime;
}
