// The form page: the form, and which channel it is for.

import { translate } from './i18n.js';
import { sendFrom } from './sender.js';

const form = document.querySelector('#send-form');
const channel = document.querySelector('#channel');

sendFrom(
  {
    form,
    field: document.querySelector('#message'),
    button: document.querySelector('#send'),
    status: document.querySelector('#status'),
  },
  () => new FormData(form),
);

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
