// Panels on a grid, as one SVG: drawn without a browser, white, with its time in UTC, so that it can stand in a README.

import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Range } from '../prometheus.ts';
import { INK } from './axes.ts';
import { type Box, chart, headOf, together } from './chart.ts';
import type { DrawnPanel } from './curves.ts';

echarts.use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const COLUMNS = 2;
const WIDTH = 590;
const PLOT_HEIGHT = 156;
/** Below a plot, for the times. */
const FOOT = 24;
const MARGIN = 24;
const GAP = 28;
const HEADER = 56;

export function picture(title: string, panels: readonly DrawnPanel[], range: Range): string {
  const { boxes, bottom } = places(panels);
  const width = 2 * MARGIN + COLUMNS * WIDTH + (COLUMNS - 1) * GAP;
  const canvas = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height: bottom });
  const colours = new Map<string, string>();
  const parts = panels.map((panel, index) => chart(panel, range, index, boxes[index] as Box, colours));
  canvas.setOption({
    ...together([{ title: [header(title, range)] }, ...parts]),
    animation: false,
    backgroundColor: '#ffffff',
    useUTC: true,
    // No name in quotes: ECharts would write them into an attribute.
    textStyle: { fontFamily: 'Helvetica, Arial, sans-serif' },
  });
  const svg = canvas.renderToSVGString();
  canvas.dispose();
  return `${svg}\n`;
}

/** Each panel's place, row by row: the panels of a row have their plots at one height, below the fullest legend. */
function places(panels: readonly DrawnPanel[]): { readonly boxes: readonly Box[]; readonly bottom: number } {
  const boxes: Box[] = [];
  let top = MARGIN + HEADER;
  for (let first = 0; first < panels.length; first += COLUMNS) {
    const row = panels.slice(first, first + COLUMNS);
    const head = Math.max(...row.map((panel) => headOf(panel, WIDTH)));
    for (const column of row.keys())
      boxes.push({ left: MARGIN + column * (WIDTH + GAP), top, width: WIDTH, head, height: PLOT_HEIGHT });
    top += head + PLOT_HEIGHT + FOOT + GAP;
  }
  return { boxes, bottom: top };
}

function header(title: string, { from, to }: Range) {
  const [begin, end] = [from, to].map((seconds) => new Date(seconds * 1000).toISOString());
  return {
    text: title,
    subtext: `${begin?.slice(0, 10)}, ${begin?.slice(11, 16)} to ${end?.slice(11, 16)} UTC`,
    left: MARGIN,
    padding: 0,
    top: MARGIN - 8,
    itemGap: 6,
    textStyle: { fontSize: 20, fontWeight: 700, color: INK.title },
    subtextStyle: { fontSize: 13, color: INK.text },
  };
}
