// Which language this browser wants, and how the pages' words get into the page. The HTML holds the English words too, so
// that the pages make sense before (or without) this script; the words here win.

import { en } from './words/en.js';
import { zh } from './words/zh.js';

// The reader's order of preference decides: en before zh is a wish for English.
const wanted = navigator.languages.find((tag) => /^(zh|en)\b/i.test(tag)) ?? 'en';

/** The language of the page, for `lang` and for writing times. */
export const lang = /^zh/i.test(wanted) ? 'zh-CN' : 'en';

const words = lang === 'zh-CN' ? zh : en;

/**
 * The text for a key, or '' where there is none (a reason that a newer server may send); `{name}` in it is replaced by that
 * value.
 */
export function t(key, values = {}) {
  return (words[key] ?? '').replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/**
 * Puts the words into the page: `data-i18n` names the text of an element (with `data-n` for its number), `data-i18n-label` its aria-label, and
 * `data-i18n-placeholder` its placeholder.
 */
export function translate() {
  document.documentElement.lang = lang;
  for (const element of document.querySelectorAll('[data-i18n]')) {
    element.textContent = t(element.dataset.i18n, element.dataset);
  }
  for (const element of document.querySelectorAll('[data-i18n-label]')) {
    element.ariaLabel = t(element.dataset.i18nLabel);
  }
  for (const element of document.querySelectorAll('[data-i18n-placeholder]')) {
    element.placeholder = t(element.dataset.i18nPlaceholder);
  }
}
