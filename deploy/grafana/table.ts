// Prints what every panel shows now: npm run dashboards:table -- http://localhost:9090. For looking at a cluster without a
// browser, and for seeing that no panel is empty by mistake.

import { type PanelQuery, panelQueries } from './panel-queries.ts';
import { query, type Sample } from './prometheus.ts';
import { withUnit } from './units.ts';

const HEADINGS = ['panel', 'query', 'series', 'value'] as const;
/** The longest that each column gets. */
const WIDTHS = [58, 70, 6, 60] as const;
/** More values than these are a number of series. */
const SHOWN = 3;

type Line = readonly [panel: string, query: string, series: string, value: string];

function toLine(asked: PanelQuery, samples: readonly Sample[]): Line {
  const panel = `${asked.dashboard} / ${asked.panel} / ${asked.legend}`;
  const empty = asked.mayBeEmpty ? `none: ${asked.mayBeEmpty}` : 'NO SERIES';
  return [panel, asked.expr, `${samples.length}`, samples.length === 0 ? empty : values(asked, samples)];
}

function values(asked: PanelQuery, samples: readonly Sample[]): string {
  const shown = samples.slice(0, SHOWN).map(({ labels, value }) => {
    const name = Object.values(labels).join(', ');
    const text = asked.words?.[value]?.text ?? withUnit(value, asked.unit);
    return name ? `${name}: ${text}` : text;
  });
  return samples.length > SHOWN ? `${shown.join('; ')}; …` : shown.join('; ');
}

const shortened = (text: string, width: number) => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

function print(line: Line | typeof HEADINGS): void {
  const cells = line.map((text, column) => {
    const width = WIDTHS[column] ?? 0;
    return shortened(text, width).padEnd(width);
  });
  console.log(cells.join('  ').trimEnd());
}

async function main(url: string): Promise<void> {
  const queries = panelQueries();
  // The first one alone, so that a Prometheus that is not there is said before a heading.
  await query(url, 'vector(1)');
  print(HEADINGS);
  for (const asked of queries) print(toLine(asked, await query(url, asked.expr)));
}

try {
  await main(process.argv[2] ?? 'http://localhost:9090');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
