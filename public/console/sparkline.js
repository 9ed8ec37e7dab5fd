// The delay of the last minute as a small picture: a bar for each second in which messages came.

import { shape, write } from '../dom.js';
import { t } from '../i18n.js';
import { count } from './times.js';

const barWidth = 2;
const height = 24;
// Below this the scale would show the clock's own grain.
const leastTopMs = 20;

/** @param figure has an `svg` and an `output` */
export function createSparkline(figure) {
  const svg = figure.querySelector('svg');
  const output = figure.querySelector('output');
  let bars = [];

  return ({ values, atMost }) => {
    if (bars.length === 0) {
      bars = values.map((_, index) => shape('rect', { x: index * (barWidth + 1), width: barWidth }));
      svg.setAttribute('viewBox', `0 0 ${values.length * (barWidth + 1)} ${height}`);
      svg.append(...bars);
    }
    const known = values.filter((value) => value !== undefined);
    const top = Math.max(leastTopMs, ...known);
    for (const [index, value] of values.entries()) {
      const length = value === undefined ? 0 : Math.max(1.5, (value / top) * height);
      bars[index].setAttribute('y', height - length);
      bars[index].setAttribute('height', length);
    }
    const latest = known.at(-1);
    if (latest === undefined) {
      write(output, '–');
      return;
    }
    const bound = atMost === undefined ? '' : t('delayAtMost', { n: count(Math.ceil(atMost)) });
    write(output, `+${t('ms', { n: count(Math.round(latest)) })}${bound}`);
    svg.ariaLabel = t('delayTitle', { n: count(Math.round(latest)), worst: count(Math.round(Math.max(...known))) });
  };
}
