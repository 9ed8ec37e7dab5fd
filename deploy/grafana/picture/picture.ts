// Panels on a grid, as one SVG: drawn without a browser, white, with its time in UTC, so that it can stand in a README.

import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Range } from '../prometheus.ts';
import { INK } from './axes.ts';
import { chart, together } from './chart.ts';
import type { DrawnPanel } from './curves.ts';

echarts.use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const COLUMNS = 2;
const PANEL = { width: 590, height: 230 } as const;
const MARGIN = 24;
const GAP = 28;
const HEADER = 56;

export function picture(title: string, panels: readonly DrawnPanel[], range: Range): string {
  const rows = Math.ceil(panels.length / COLUMNS);
  const width = 2 * MARGIN + COLUMNS * PANEL.width + (COLUMNS - 1) * GAP;
  const height = MARGIN + HEADER + rows * (PANEL.height + GAP);
  const canvas = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  const colours = new Map<string, string>();
  const parts = panels.map((panel, index) => chart(panel, range, index, { ...place(index), ...PANEL }, colours));
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

const place = (index: number) => ({
  left: MARGIN + (index % COLUMNS) * (PANEL.width + GAP),
  top: MARGIN + HEADER + Math.floor(index / COLUMNS) * (PANEL.height + GAP),
});

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
