// The facts above the tail: how long ago something was heard, how much comes, and how late.

import { write } from '../dom.js';
import { t } from '../i18n.js';
import { Latency } from './latency.js';
import { createSparkline } from './sparkline.js';
import { ago, count, rate } from './times.js';

const drawMs = 1_000;
// The rate is that of the last seconds: long enough not to flicker, short enough to follow.
const rateSeconds = 5;

/** @param heardAt says when the stream was last heard */
export function createFacts(find, heardAt) {
  const latency = new Latency();
  const drawDelay = createSparkline(find('#delay'));
  /** How many messages had come, a second apart each. */
  const totals = [0];
  let total = 0;
  let opened = false;

  function draw() {
    write(find('#last-event'), opened ? ago(Date.now() - heardAt()) : '–');
    totals.push(total);
    if (totals.length > rateSeconds + 1) totals.shift();
    const perSecond = (total - totals[0]) / (totals.length - 1);
    write(find('#received'), t('receivedValue', { n: count(total), rate: rate(perSecond) }));
    drawDelay(latency.read(Date.now()));
  }

  // Nobody sees what a hidden page draws; counting goes on.
  setInterval(() => {
    if (!document.hidden) draw();
  }, drawMs);
  document.addEventListener('visibilitychange', () => {
    totals.splice(0, totals.length, total);
    if (!document.hidden) draw();
  });

  return {
    message({ time }) {
      total += 1;
      latency.arrived(time, Date.now());
    },
    /** @param replays whether the stream may begin with old messages */
    opened(replays) {
      latency.opened(Date.now(), opened || replays);
      opened = true;
    },
    sent(id, sentAt) {
      latency.sent(sentAt, Number(id.split('-')[0]));
    },
  };
}
