// Joins the feed to the page: events into the log, the state of the connection into the line above it.

import { follow } from './feed.js';
import { t, translate } from './i18n.js';
import { createLog } from './log.js';

translate();

const state = document.querySelector('#state');
const log = createLog(document.querySelector('#messages'), document.querySelector('#newest'));

function show(id, text) {
  document.querySelector(id).textContent = text;
}

follow(location.search, {
  state(name, reason) {
    const why = t(`close.${reason}`);
    const text = why ? `${t(name)}${t('colon')}${why}` : t(name);
    state.dataset.state = name;
    // Written again, the same words would be read out again at every attempt to reconnect.
    if (state.textContent !== text) state.textContent = text;
  },
  subscribed({ replica, channels }) {
    show('#replica', replica);
    show('#channels', channels.join(', '));
  },
  position: (id) => show('#position', id),
  message: log.message,
  reset: ({ reason }) => log.notice(t('reset'), t(`reset.${reason}`), reason),
});
