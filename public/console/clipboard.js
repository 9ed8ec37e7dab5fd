// Puts text on the clipboard, and says on the button that it is there.

import { element } from '../dom.js';
import { t } from '../i18n.js';

const saidMs = 2_000;

async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // A page that came by plain http from anything but localhost has no clipboard; the old way still works there.
  const area = element('textarea', 'visually-hidden');
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('The browser does not let this page copy.');
}

/** Copies what `text()` says; `control` is the button that was pressed, `announce` says it to who cannot see the button. */
export async function copyFrom(control, text, announce) {
  const label = control.dataset.label ?? control.textContent;
  control.dataset.label = label;
  try {
    await copy(text());
    control.textContent = t('copied');
  } catch {
    control.textContent = t('notCopied');
  }
  announce(control.textContent);
  control.focus();
  setTimeout(() => {
    control.textContent = label;
  }, saidMs);
}
