// Shows entries in order of arrival, newest last and in view, unless the reader has scrolled up to read. What arrives is
// text and stays text: nothing here parses HTML.

import { lang, t } from './i18n.js';

// Enough to scroll back through; more would slow the page down for as long as it is open.
const maxEntries = 500;

// Half a line of slack: zoomed pages scroll by fractions of a pixel.
const bottomSlackPx = 12;

const clock = new Intl.DateTimeFormat(lang, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const calendar = new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'long' });

function element(name, className, text) {
  const node = document.createElement(name);
  node.className = className;
  node.textContent = text;
  return node;
}

function arrivalTime() {
  const now = new Date();
  const node = element('time', 'time', clock.format(now));
  node.dateTime = now.toISOString();
  node.title = calendar.format(now);
  return node;
}

/** The log in `box`; `newest` is the button that leads back to its end. */
export function createLog(box, newest) {
  let atEnd = true;
  let scrollDue = false;

  function scrollToEnd() {
    scrollDue = false;
    box.scrollTop = box.scrollHeight;
  }

  // At most once per frame, so that a burst of messages costs one layout.
  function keepUp() {
    if (!atEnd) newest.hidden = false;
    else if (!scrollDue) {
      scrollDue = true;
      requestAnimationFrame(scrollToEnd);
    }
  }

  function append(entry) {
    box.append(entry);
    while (box.childElementCount > maxEntries) box.firstElementChild.remove();
    keepUp();
  }

  box.addEventListener('scroll', () => {
    if (scrollDue) return;
    atEnd = box.scrollHeight - box.scrollTop - box.clientHeight <= bottomSlackPx;
    if (atEnd) newest.hidden = true;
  });
  newest.addEventListener('click', () => {
    scrollToEnd();
    box.focus();
  });
  addEventListener('resize', () => {
    if (atEnd) scrollToEnd();
  });

  return {
    message({ data, type, lastEventId }) {
      const entry = element('div', 'entry', '');
      entry.dataset.id = lastEventId;
      entry.append(arrivalTime());
      if (type !== 'message') entry.append(element('span', 'event', type));
      const text = element('div', 'text', data);
      text.dir = 'auto';
      text.dataset.empty = t('emptyMessage');
      entry.append(text);
      append(entry);
    },

    notice(title, explanation, reason) {
      const entry = element('div', 'entry notice', '');
      entry.dataset.reason = reason;
      const text = element('div', 'text', '');
      text.append(element('strong', '', title), ` ${explanation}`);
      entry.append(arrivalTime(), text);
      append(entry);
    },
  };
}
