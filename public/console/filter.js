// Which messages are shown: those with a text in them, and those with an event name that was chosen. As for an EventSource,
// unnamed ones (`message`) need no choice; but here nobody has to know a name beforehand: each one that comes is offered,
// with how many there were.

import { button, element, write } from '../dom.js';
import { t } from '../i18n.js';
import { count } from './times.js';

// Names that have a button of their own; all others share one, which stands under a name that no event can have.
const maxNames = 16;
const others = '';

/**
 * @param field for the text; `names` holds the buttons
 * @param chosen event names from the page's address
 * @param changed told when other messages are to be shown, with the names chosen beside `message`
 */
export function createFilter(field, names, chosen, changed) {
  const on = new Set(['message', ...chosen]);
  const counts = new Map();
  const buttons = new Map();
  let text = '';
  let due = false;

  function tell() {
    changed([...on].filter((name) => name !== 'message' && name !== others));
  }

  const buttonOf = (event) => (buttons.has(event) ? event : others);

  function toggle(name, control) {
    if (on.has(name)) on.delete(name);
    else on.add(name);
    control.ariaPressed = String(on.has(name));
    tell();
  }

  function offer(name) {
    const label = element('span', '', name === 'message' ? t('unnamed') : name === others ? t('otherNames') : name);
    // A long one is cut off.
    label.title = label.textContent;
    const control = button('name', label, () => toggle(name, control));
    control.append(element('span', 'count'));
    control.ariaPressed = String(on.has(name));
    buttons.set(name, control);
    names.append(control);
  }

  // At most once a frame: counts change with every message.
  function draw() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      for (const [name, control] of buttons) write(control.lastElementChild, count(counts.get(name) ?? 0));
    });
  }

  for (const name of on) offer(name);
  field.addEventListener('input', () => {
    text = field.value.toLowerCase();
    tell();
  });

  return {
    passes({ kind, data, event, channels, id }) {
      if (kind === 'notice') return true;
      if (!on.has(buttonOf(event))) return false;
      if (text === '') return true;
      return [data, event, id, ...channels].some((part) => part.toLowerCase().includes(text));
    },

    /** Counts what has come. */
    count(messages) {
      for (const { event } of messages) {
        if (!buttons.has(event) && buttons.size < maxNames) offer(event);
        if (!buttons.has(buttonOf(event))) offer(others);
        const name = buttonOf(event);
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      draw();
    },

    /** Counts anew. */
    forget() {
      counts.clear();
      draw();
    },

    /** Shows the messages of a name, which somebody asks for by sending one. */
    show(name) {
      if (on.has(name)) return;
      if (!buttons.has(name)) offer(name);
      toggle(name, buttons.get(name));
    },
  };
}
