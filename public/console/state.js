// The state of the connection, in a word where it can always be seen, and in a sentence where there is something to do.

import { write } from '../dom.js';
import { t } from '../i18n.js';

const named = { refused: 'refusedState' };

/** @param detail why the server ended the stream, where it said so; or in words why it does not let the page in */
export function showState(state, why, name, detail) {
  const reason = t(`close.${detail}`);
  const text = t(named[name] ?? name);
  state.dataset.state = name;
  // Written again, the same words would be read out again at every attempt to reconnect.
  write(state, reason ? `${text}${t('colon')}${reason}` : text);
  const explained = name === 'forbidden' || name === 'refused';
  // While it tries again in vain, what is to be done stays the same.
  if (!explained && name !== 'live' && name !== 'dropped') return;
  why.hidden = !explained;
  write(why, explained ? (detail ?? '') : '');
}
