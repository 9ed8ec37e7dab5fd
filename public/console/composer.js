// The send form beside the tail. It knows when its message was confirmed and when it was back here, both by one clock: a
// round trip that needs no guess about clocks.

import { element } from '../dom.js';
import { t } from '../i18n.js';
import { sendFrom } from '../sender.js';
import { count } from './times.js';

// Messages may be back before they are confirmed, so the last ones that came are remembered.
const remembered = 200;

/**
 * @param form the form; its parts are found by their names
 * @param page `sent({ id, event, sentAt })`, told of each message that is in the log
 */
export function createComposer(form, page) {
  const { message, channel, event } = form.elements;
  const status = form.querySelector('.status');
  /** Ids of messages that came, with when. */
  const arrivals = new Map();
  let expected;

  function read() {
    const fields = [
      ['message', message.value],
      ['channel', channel.value],
    ];
    // An event without a name is an unnamed one.
    return event.value === '' ? fields : [...fields, ['event', event.value]];
  }

  function tellRoundTrip() {
    const backAt = arrivals.get(expected?.id);
    if (backAt === undefined) return;
    const n = count(Math.max(0, backAt - expected.sentAt));
    status.append(` · ${t('backAfter', { n })}`);
    expected = undefined;
  }

  sendFrom({ form, field: message, button: form.querySelector('[type=submit]'), status }, read, (sent) => {
    const took = count(sent.confirmedAt - sent.sentAt);
    status.append(element('span', 'took', ` · ${t('confirmedAfter', { n: took })}`));
    page.sent({ id: sent.id, event: sent.fields.get('event'), sentAt: sent.sentAt });
    expected = sent;
    tellRoundTrip();
  });

  message.addEventListener('keydown', (key) => {
    // Enter chooses a word in an input method, and Shift makes a line.
    if (key.key !== 'Enter' || key.shiftKey || key.isComposing) return;
    key.preventDefault();
    form.requestSubmit();
  });

  return {
    arrived({ id }) {
      arrivals.set(id, Date.now());
      if (arrivals.size > remembered) arrivals.delete(arrivals.keys().next().value);
      tellRoundTrip();
    },
    suggest(name) {
      channel.value = channel.defaultValue = name;
    },
  };
}
