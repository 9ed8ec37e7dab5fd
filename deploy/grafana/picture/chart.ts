// One panel as a part of a picture: its title, legend, axes and curves at a place, in ECharts' words.

import type { EChartsCoreOption } from 'echarts/core';
import type { Range } from '../prometheus.ts';
import { INK, type Part, xAxis, yAxis } from './axes.ts';
import type { DrawnPanel, NamedCurve } from './curves.ts';
import { LINE_HEIGHT, legendLines, legends } from './legend.ts';

/** Of a panel in a picture, in pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** Of title and legend, as the fullest legend beside it wants it. */
  readonly head: number;
  /** Of the plot. */
  readonly height: number;
}

// Told apart by most who see colours differently, and dark enough on white.
const PALETTE = ['#2f6fb2', '#e07b39', '#2b8a6b', '#b5405b', '#7a5bb0', '#8c6d1f', '#3aa6b9', '#6b7680'];
const AXIS = 66;
const TITLE_HEIGHT = 26;
/** Between the legend and the highest mark of the axis. */
const SPACE = 6;

type Parts = Readonly<Record<string, readonly Part[]>>;

/** A name has the same colour in every panel of a picture. */
export type Colours = Map<string, string>;
function colourOf(name: string, colours: Colours): string {
  const colour = colours.get(name) ?? PALETTE[colours.size % PALETTE.length] ?? INK.text;
  colours.set(name, colour);
  return colour;
}

/** How high title and legend are. */
export function headOf({ panel, curves }: DrawnPanel, width: number): number {
  return TITLE_HEIGHT + legendLines(curves, panel.unit, width).length * LINE_HEIGHT + SPACE;
}

export function chart(drawn: DrawnPanel, range: Range, index: number, box: Box, colours: Colours): Parts {
  const { panel, curves } = drawn;
  return {
    title: [
      title(panel.title, box),
      ...(curves.length === 0 ? [note(drawn.silent > 0 ? 'none in this time' : 'no data', box)] : []),
    ],
    legend: legends(legendLines(curves, panel.unit, box.width), panel.unit, {
      left: box.left,
      top: box.top + TITLE_HEIGHT,
    }),
    grid: [{ left: box.left + AXIS, top: box.top + box.head, width: box.width - AXIS - 12, height: box.height }],
    xAxis: [xAxis(index, range)],
    yAxis: [yAxis(drawn, index)],
    series: curves.map((curve) => line(curve, drawn, index, colours)),
  };
}

const title = (text: string, box: Box): Part => ({
  text,
  left: box.left,
  padding: 0,
  top: box.top,
  textStyle: { fontSize: 15, fontWeight: 600, color: INK.title },
});

const note = (text: string, box: Box): Part => ({
  text,
  left: box.left + AXIS + (box.width - AXIS) / 2,
  top: box.top + box.head + box.height / 2 - 10,
  textAlign: 'center',
  textStyle: { fontSize: 13, fontWeight: 400, color: INK.text },
});

function line(curve: NamedCurve, { panel }: DrawnPanel, index: number, colours: Colours): Part {
  const color = colourOf(curve.name, colours);
  return {
    type: 'line',
    name: curve.name,
    xAxisIndex: index,
    yAxisIndex: index,
    showSymbol: false,
    color,
    lineStyle: { width: 1.6 },
    ...(panel.stacked && { stack: `${index}`, areaStyle: { opacity: 0.35 } }),
    data: curve.values.map(([at, value]) => [at, value ?? null]),
  };
}

/** ECharts wants each kind of part of all panels in one list. */
export function together(parts: readonly Parts[]): EChartsCoreOption {
  const kinds = ['title', 'legend', 'grid', 'xAxis', 'yAxis', 'series'];
  return Object.fromEntries(kinds.map((kind) => [kind, parts.flatMap((part) => part[kind] ?? [])]));
}
