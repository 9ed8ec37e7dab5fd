// All of one message: its fields, its text as JSON or as a stream carries it, and ways to take it elsewhere.

import { button, element } from '../dom.js';
import { t } from '../i18n.js';
import { copyFrom } from './clipboard.js';
import { curlCommand } from './curl.js';
import { prettyJson, streamBlock } from './raw.js';
import { count, fullTime } from './times.js';

const encoder = new TextEncoder();

function fields({ id, channels, event, data, time }) {
  const list = element('dl', 'fields');
  const facts = {
    id,
    time: `${fullTime(time)} · ${new Date(time).toISOString()}`,
    channels: channels.join(', '),
    eventName: event,
    size: t('bytes', { n: count(encoder.encode(data).length) }),
  };
  for (const [key, value] of Object.entries(facts)) {
    list.append(element('div', '', element('dt', '', t(key)), element('dd', '', value)));
  }
  return list;
}

/** The ways to see the text; the first is chosen. */
function views(message) {
  const pretty = prettyJson(message.data);
  const all = [
    ...(pretty === undefined ? [] : [['json', pretty]]),
    ['plainText', message.data],
    ['raw', streamBlock(message)],
  ];
  const shown = element('pre', 'whole');
  shown.dir = 'auto';
  shown.tabIndex = 0;
  const choose = (chosen, text) => {
    shown.textContent = text;
    shown.ariaLabel = chosen.textContent;
    for (const each of choices.children) each.ariaPressed = String(each === chosen);
  };
  const choices = element('div', 'choices');
  choices.role = 'group';
  choices.ariaLabel = t('showAs');
  for (const [key, text] of all)
    choices.append(button('quiet', t(key), ({ currentTarget }) => choose(currentTarget, text)));
  choose(choices.firstElementChild, all[0][1]);
  return { choices, shown };
}

/** @param page `announce(text)`, and `withToken()`: whether the server asks for a token */
export function createDetail(message, page) {
  const { choices, shown } = views(message);
  const copier = (label, text) =>
    button('quiet', t(label), ({ currentTarget }) => void copyFrom(currentTarget, text, page.announce));
  const tools = element(
    'div',
    'tools',
    choices,
    copier('copyText', () => message.data),
    copier('copyCurl', () => curlCommand(message, location.origin, page.withToken())),
  );
  return element('div', 'detail', fields(message), tools, shown);
}
