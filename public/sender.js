// Sends a form's message without leaving the page. It never loses text: the field is cleared only by a confirmed message,
// and whatever else happened, sending the same again repeats the same Idempotency-Key, so the server cannot add it twice.

import { element } from './dom.js';
import { t } from './i18n.js';

const answerTimeoutMs = 15_000;

// Answers of the 400s that speak of the moment, not of the message: sending the same again can succeed.
const passing = new Set([408, 409, 425, 429]);

// randomUUID is missing where a page came by plain http from anything but localhost.
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What came of a message, in words: `[state, ...parts]`. */
function outcomeOf(response, answer) {
  if (response.status === 201) return ['sent', element('strong', '', t('sent')), ' ', element('code', '', answer.id)];
  const detail = answer.detail ?? answer.title ?? `HTTP ${response.status}`;
  const final = response.status >= 400 && response.status < 500 && !passing.has(response.status);
  if (!final) return ['unconfirmed', element('strong', '', t('unavailable')), ` ${detail} ${t('again')}`];
  const refused = ['refused', element('strong', '', t('refused')), ` ${detail}`];
  if (response.status !== 401 && response.status !== 403) return refused;
  const link = element('a', '', t('signIn'));
  link.href = '/live#access';
  return [...refused, ' ', link];
}

/**
 * @param form with the field of the message, the button that sends it, and a status that says what came of it
 * @param read what to send: the fields, as `[name, value]`
 * @param confirmed told of a message that is in the log: its id, its fields, and when it was sent and confirmed
 */
export function sendFrom({ form, field, button, status }, read, confirmed = () => {}) {
  /** The last try that was not confirmed: its body and its key. */
  let unconfirmed;
  let sending = false;

  function say(state, ...parts) {
    status.dataset.state = state;
    status.replaceChildren(...parts);
  }

  async function send(body, key) {
    const sentAt = Date.now();
    const response = await fetch(form.action, {
      method: 'POST',
      headers: { Accept: 'application/json', 'Idempotency-Key': key },
      body,
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    const confirmedAt = Date.now();
    // A proxy's own error page is not JSON; its status says enough.
    const answer = await response.json().catch(() => ({}));
    say(...outcomeOf(response, answer));
    if (response.status !== 201) return;
    unconfirmed = undefined;
    field.value = '';
    confirmed({ id: answer.id, fields: body, sentAt, confirmedAt });
  }

  async function submit() {
    const body = new URLSearchParams(read());
    if (unconfirmed?.body !== String(body)) unconfirmed = { body: String(body), key: newKey() };
    say('sending', t('sending'));
    try {
      await send(body, unconfirmed.key);
    } catch {
      // Refused connection, lost connection and time-out all mean the same to the reader: nobody knows, send it again.
      say('unconfirmed', element('strong', '', t('unreachable')), ` ${t('again')}`);
    }
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    // Not `disabled`, which would drop the focus; read-only, so that what is cleared is what was sent.
    button.ariaDisabled = 'true';
    field.readOnly = true;
    await submit();
    field.readOnly = false;
    button.ariaDisabled = null;
    sending = false;
    field.focus();
  });

  // An empty message is a message, so the second half of a double click would send one.
  button.addEventListener('click', (event) => {
    if (event.detail > 1) event.preventDefault();
  });

  return { say };
}
