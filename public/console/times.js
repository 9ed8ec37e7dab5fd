// Times and numbers as the reader's language writes them.

import { lang, t } from '../i18n.js';

const clock = new Intl.DateTimeFormat(lang, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const calendar = new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'long' });
const whole = new Intl.NumberFormat(lang);
const tenths = new Intl.NumberFormat(lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const clockTime = (ms) => clock.format(ms);
export const fullTime = (ms) => calendar.format(ms);
export const count = (n) => whole.format(n);

/** A rate: with a tenth below ten. */
export const rate = (n) => (n > 0 && n < 9.95 ? tenths.format(n) : whole.format(Math.round(n)));

/** How long ago, in one unit. */
export function ago(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 1) return t('justNow');
  if (seconds < 120) return t('secondsAgo', { n: count(seconds) });
  return t('minutesAgo', { n: count(Math.floor(seconds / 60)) });
}
