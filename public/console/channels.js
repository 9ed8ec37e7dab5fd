// Which channels the page listens to: each with a button that takes it away, and a field for another, which suggests those
// that somebody listens to already.

import { button, element } from '../dom.js';
import { t } from '../i18n.js';
import { ask } from './ask.js';

const suggestions = 200;
// The list is fetched when it is wanted, not at every key.
const staleMs = 5_000;

/**
 * @param form with a field for the name; `list` shows the channels, `options` is the datalist of both fields, `said` tells
 *   what is wrong
 * @param changed told the channels
 */
export function chooseChannels({ form, list, options, said }, channels, changed) {
  const field = form.querySelector('input');
  let fetchedAt = Number.NEGATIVE_INFINITY;

  function set(next) {
    channels = next;
    draw();
    changed(channels);
  }

  function remove(name) {
    set(channels.filter((each) => each !== name));
    // What had the focus is gone.
    field.focus();
  }

  function draw() {
    const only = channels.length === 1;
    list.replaceChildren(
      ...channels.map((name) => {
        const label = element('span', '', name);
        // A long one is cut off.
        label.title = name;
        const item = element('li', 'chip', label);
        const away = button('remove', '×', () => remove(name));
        away.ariaLabel = t('removeChannel', { name });
        // A stream without a channel listens to the default one: the last to go would be replaced by it.
        if (!only) item.append(away);
        return item;
      }),
    );
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = field.value.trim();
    said.textContent = name === '' ? t('nameChannel') : channels.includes(name) ? t('sameChannel', { name }) : '';
    if (said.textContent !== '') return;
    field.value = '';
    set([...channels, name]);
  });

  async function suggest() {
    if (performance.now() - fetchedAt < staleMs) return;
    fetchedAt = performance.now();
    // Suggestions are a help: where there are none, the field works as well.
    const answer = await ask(`/channels?limit=${suggestions}`).catch(() => ({ channels: [] }));
    options.replaceChildren(
      ...answer.channels.map(({ name, subscribers }) => {
        const option = element('option', '');
        option.value = name;
        option.label = t('listeners', { name, n: subscribers });
        return option;
      }),
    );
  }

  draw();
  return { suggest: () => void suggest() };
}
