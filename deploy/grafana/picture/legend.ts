// The legend of one panel of a picture: each curve's name and its value now, in as many lines as they take. Broken into
// lines here and not by ECharts, which would let them run into the plot.

import type { Unit } from '../model.ts';
import { withUnit } from '../units.ts';
import { INK, type Part } from './axes.ts';
import type { NamedCurve } from './curves.ts';

export const LINE_HEIGHT = 18;
const FONT_SIZE = 12;
/** Of a character, as most fonts have it at the most: without a browser nothing measures them. */
const CHARACTER = 0.58 * FONT_SIZE;
const MARK = 12;
const GAP = 26;
/** Between mark and text, as ECharts has it. */
const PADDING = 5;

interface Place {
  readonly left: number;
  readonly top: number;
}

/** The curves of each line. At least one line, so that panels with and without curves are alike. */
export function legendLines(curves: readonly NamedCurve[], unit: Unit, width: number): readonly NamedCurve[][] {
  const lines: NamedCurve[][] = [[]];
  let left = width;
  for (const curve of curves) {
    const taken = MARK + PADDING + label(curve, unit).length * CHARACTER;
    if (taken > left && lines.at(-1)?.length !== 0) {
      lines.push([]);
      left = width;
    }
    lines.at(-1)?.push(curve);
    left -= taken + GAP;
  }
  return lines;
}

/** One part for each line. */
export function legends(lines: readonly NamedCurve[][], unit: Unit, { left, top }: Place): readonly Part[] {
  return lines.map((curves, index) => {
    const labels = new Map(curves.map((curve) => [curve.name, label(curve, unit)]));
    return {
      data: curves.map(({ name }) => name),
      left,
      top: top + index * LINE_HEIGHT,
      padding: 0,
      // It is one line, whatever ECharts takes a text for.
      width: Number.MAX_SAFE_INTEGER,
      itemWidth: MARK,
      itemHeight: 8,
      itemGap: GAP,
      icon: 'roundRect',
      textStyle: { fontSize: FONT_SIZE, color: INK.text },
      formatter: (name: string) => labels.get(name) ?? name,
    };
  });
}

/** With its value only where it has one at the end: a replica that is gone has none now. */
function label({ name, values }: NamedCurve, unit: Unit): string {
  const value = values.at(-1)?.[1];
  return value === undefined ? name : `${name}  ${withUnit(Math.abs(value), unit)}`;
}
