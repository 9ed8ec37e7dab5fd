// Tells who listens to a screen reader what has come, without drowning them: a lone message is read out, of several only
// the number, and at most once in five seconds.

import { t } from '../i18n.js';
import { count } from './times.js';

const calmMs = 5_000;
const maxChars = 200;

/** @param region a live region that nobody sees */
export function createAnnouncer(region) {
  let messages = 0;
  let last;
  let calm = true;

  function flush() {
    calm = messages === 0;
    if (calm) return;
    region.textContent = messages === 1 ? last.data.slice(0, maxChars) : t('arrived', { n: count(messages) });
    messages = 0;
    setTimeout(flush, calmMs);
  }

  return {
    arrived(some) {
      messages += some.length;
      last = some.at(-1);
      // Those that come together are told together.
      if (calm) setTimeout(flush, 0);
      calm = false;
    },
    say(text) {
      region.textContent = text;
    },
  };
}
