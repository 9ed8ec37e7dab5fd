// One row of the log: closed, a line that says the most; open, all of it.

import { element } from '../dom.js';
import { t } from '../i18n.js';
import { createDetail } from './detail.js';
import { clockTime, fullTime } from './times.js';

// A line shows no more than this, and a row of 64 KB would be laid out in vain.
const maxPreviewChars = 2_000;

function timeOf(ms) {
  const node = element('time', 'time', clockTime(ms));
  node.dateTime = new Date(ms).toISOString();
  node.title = fullTime(ms);
  return node;
}

function noticeRow({ time, title, explanation, reason }) {
  const text = element('div', 'text', element('strong', '', title), ` ${explanation}`);
  const row = element('li', 'entry notice', element('div', 'line', timeOf(time), text));
  row.dataset.reason = reason;
  return row;
}

function messageRow({ id, channels, event, data, time }, page) {
  const opener = element('button', 'opener');
  opener.type = 'button';
  // The list is one stop for Tab; within it the arrow keys lead.
  opener.tabIndex = -1;
  opener.ariaExpanded = 'false';
  opener.ariaLabel = t('details', { time: clockTime(time) });
  const tags = element('span', 'tags');
  if (page.showsChannels()) for (const channel of channels) tags.append(element('span', 'channel', channel));
  if (event !== 'message') tags.append(element('span', 'event', event));
  const text = element('div', 'text', data.length > maxPreviewChars ? `${data.slice(0, maxPreviewChars)}…` : data);
  text.dir = 'auto';
  text.dataset.empty = t('emptyMessage');
  const line = element('div', 'line', opener, timeOf(time), ...(tags.childElementCount > 0 ? [tags] : []), text);
  const row = element('li', 'entry', line);
  row.dataset.id = id;
  return row;
}

/** The row of a message or notice. */
export function createRow(item, page) {
  const row = item.kind === 'notice' ? noticeRow(item) : messageRow(item, page);
  row.dataset.n = item.n;
  return row;
}

/** Opens or closes a message's row. */
export function setOpen(row, item, open, page) {
  row.classList.toggle('open', open);
  row.querySelector('.opener').ariaExpanded = String(open);
  if (!open) row.querySelector('.detail')?.remove();
  else if (!row.querySelector('.detail')) row.append(createDetail(item, page));
}
