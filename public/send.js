// Sends the form without leaving the page. It never loses text: the field is cleared only by a confirmed message, and
// whatever else happened, sending the same again repeats the same Idempotency-Key, so the server cannot add it twice.

import { t, translate } from './i18n.js';

const answerTimeoutMs = 15_000;

// Answers of the 400s that speak of the moment, not of the message: sending the same again can succeed.
const passing = new Set([408, 409, 425, 429]);

const form = document.querySelector('#send-form');
const field = document.querySelector('#message');
const button = document.querySelector('#send');
const status = document.querySelector('#status');
const channel = document.querySelector('#channel');

/** The last try that was not confirmed: its body and its key. */
let unconfirmed;
let sending = false;

// randomUUID is missing where a page came by plain http from anything but localhost.
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function say(state, ...parts) {
  status.dataset.state = state;
  status.replaceChildren(...parts);
}

function element(name, text) {
  const node = document.createElement(name);
  node.textContent = text;
  return node;
}

function tell(response, answer) {
  if (response.status === 201) {
    say('sent', element('strong', t('sent')), ' ', element('code', answer.id));
    return;
  }
  const final = response.status >= 400 && response.status < 500 && !passing.has(response.status);
  const detail = answer.detail ?? answer.title ?? `HTTP ${response.status}`;
  if (final) say('refused', element('strong', t('refused')), ` ${detail}`);
  else say('unconfirmed', element('strong', t('unavailable')), ` ${detail} ${t('again')}`);
}

async function send(body, key) {
  const response = await fetch(form.action, {
    method: 'POST',
    headers: { Accept: 'application/json', 'Idempotency-Key': key },
    body,
    signal: AbortSignal.timeout(answerTimeoutMs),
  });
  // A proxy's own error page is not JSON; its status says enough.
  const answer = await response.json().catch(() => ({}));
  tell(response, answer);
  return response.status === 201;
}

async function submit() {
  const body = new URLSearchParams(new FormData(form));
  if (unconfirmed?.body !== String(body)) unconfirmed = { body: String(body), key: newKey() };
  say('sending', t('sending'));
  try {
    if (await send(body, unconfirmed.key)) {
      unconfirmed = undefined;
      field.value = '';
    }
  } catch {
    // Refused connection, lost connection and time-out all mean the same to the reader: nobody knows, send it again.
    say('unconfirmed', element('strong', t('unreachable')), ` ${t('again')}`);
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

function showChannel() {
  document.querySelector('#channel-now').textContent = channel.value;
  const query = channel.value === channel.defaultValue ? '' : `?${new URLSearchParams({ channel: channel.value })}`;
  document.querySelector('#watch').href = `/live${query}`;
}

channel.addEventListener('input', showChannel);
// A required field that is folded away could not say that it is empty.
document.querySelector('#channel-details').addEventListener('toggle', ({ currentTarget }) => {
  if (!currentTarget.open && !channel.value) channel.value = channel.defaultValue;
  showChannel();
});

translate();
showChannel();
