// The axes of one panel of a picture, in ECharts' words: time in UTC, values from the panel's least on, with its unit.

import type { Range } from '../prometheus.ts';
import { withUnit } from '../units.ts';
import type { DrawnPanel, NamedCurve } from './curves.ts';

export type Part = Record<string, unknown>;

export const INK = { title: '#1f2933', text: '#52606d', line: '#e4e7eb' } as const;
const TICKS = 4;

export const xAxis = (index: number, { from, to }: Range): Part => ({
  type: 'time',
  min: from * 1000,
  max: to * 1000,
  gridIndex: index,
  axisLine: { lineStyle: { color: INK.line } },
  axisTick: { show: false },
  splitLine: { show: false },
  axisLabel: { color: INK.text, fontSize: 11, hideOverlap: true, formatter: timeOfDay },
  splitNumber: 6,
  // Marks are written in minutes.
  minInterval: 60_000,
});

// A function: ECharts would write whole hours and its first mark larger.
const timeOfDay = (at: number) => new Date(at).toISOString().slice(11, 16);

export function yAxis({ panel, curves }: DrawnPanel, index: number): Part {
  const binary = panel.unit === 'bytes' || panel.unit === 'bytesPerSecond';
  const below = panel.queries.some((query) => query.below);
  return {
    type: 'value',
    gridIndex: index,
    ...(!below && { min: panel.min ?? 0 }),
    ...(curves.length === 0 && { max: 1 }),
    // Otherwise an axis of bytes would be marked at 47.7 MiB.
    ...(binary && binaryScale(highest(curves, panel.stacked === true))),
    splitNumber: TICKS,
    axisLabel: {
      color: INK.text,
      fontSize: 11,
      show: curves.length > 0,
      formatter: (value: number) => withUnit(Math.abs(value), panel.unit),
    },
    splitLine: { show: curves.length > 0, lineStyle: { color: INK.line } },
  };
}

function binaryScale(top: number): { interval: number; max: number } {
  const interval = 2 ** Math.ceil(Math.log2(Math.max(top, TICKS) / TICKS));
  return { interval, max: Math.max(1, Math.ceil(top / interval)) * interval };
}

/** The highest point of all curves, or of what they reach upon each other. */
function highest(curves: readonly NamedCurve[], stacked: boolean): number {
  const tops = curves.map(({ values }) => Math.max(...values.map(([, value]) => value ?? 0)));
  return stacked ? tops.reduce((sum, top) => sum + top, 0) : Math.max(0, ...tops);
}
