// Who the page is to the server: a token, given by hand, becomes a session, which is a cookie that no script can read. The
// token itself is nowhere kept, not even in the field.

import { t } from '../i18n.js';
import { ask } from './ask.js';

// A JWT as it is written; anything else could not even be sent in a header.
const tokenShape = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * @param panel a `details` with the form, a button that ends the session, and a status
 * @param why where it is said that the page is not let in
 * @param changed told when there is another session, or none
 */
export function createAccess(panel, why, changed) {
  const form = panel.querySelector('form');
  const field = form.querySelector('input');
  const status = panel.querySelector('.status');
  let asked = false;

  function say(state, text) {
    status.dataset.state = state;
    status.textContent = text;
  }

  async function act(options, done) {
    try {
      await ask('/session', options);
      asked = true;
      say('sent', t(done));
      changed();
    } catch ({ message }) {
      say('refused', message);
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const token = field.value.trim();
    field.value = '';
    if (!tokenShape.test(token)) {
      say('refused', t('pasteToken'));
      field.focus();
      return;
    }
    void act({ method: 'POST', headers: { Authorization: `Bearer ${token}` } }, 'sessionBegun');
  });
  panel.querySelector('.end').addEventListener('click', () => {
    void act({ method: 'DELETE' }, 'sessionEnded');
  });

  // The form page leads here.
  if (location.hash === '#access') panel.open = true;

  return {
    /** The server asks for a token: the way to give one is shown where that is said. */
    needed() {
      asked = true;
      panel.open = true;
      // Once: what is moved loses the focus.
      if (panel.previousElementSibling !== why) why.after(panel);
    },
    /** The page is let in: what was opened to let it in may close. */
    settled() {
      if (panel.previousElementSibling !== why || !panel.open) return;
      if (panel.contains(document.activeElement)) panel.querySelector('summary').focus();
      panel.open = false;
    },
    /** Whether the server is known to ask for tokens. */
    withToken: () => asked,
  };
}
