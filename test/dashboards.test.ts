// The dashboards, without looking at them: what is committed is what the code draws, every query is PromQL about metrics
// that exist, and every panel can be read.

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { NGINX, PROMETHEUS, REDIS } from '../deploy/exporters.ts';
import { ALERT_SINCE } from '../deploy/grafana/alerts.ts';
import { DASHBOARDS } from '../deploy/grafana/dashboards.ts';
import { toJson } from '../deploy/grafana/grafana.ts';
import { K6 } from '../deploy/grafana/k6.ts';
import { COLUMNS, type Place } from '../deploy/grafana/layout.ts';
import { MAY_BE_EMPTY, panelQueries } from '../deploy/grafana/panel-queries.ts';
import { DATASOURCE_UID, substitute } from '../deploy/grafana/variables.ts';
import { COUNTERS, GAUGES, HISTOGRAMS, OTHERS, PROCESS } from '../src/metric-catalogue.ts';
import { metricsIn } from './support/promql.ts';

/** A panel as Grafana reads it, as far as these tests ask. */
interface Drawn {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: Place;
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string; readonly datasource?: { readonly uid: string } }[];
  readonly panels?: readonly Drawn[];
}

interface Drawing {
  readonly panels: readonly Drawn[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly current: { readonly value: unknown } }[];
  };
  readonly annotations: { readonly list: readonly { readonly target: { readonly expr: string } }[] };
}

const NAMES = Object.keys(DASHBOARDS) as (keyof typeof DASHBOARDS)[];
const drawing = (name: keyof typeof DASHBOARDS) => JSON.parse(toJson(DASHBOARDS[name])) as Drawing;
/** Headings too, and what stands in collapsed rows. */
const everything = (name: keyof typeof DASHBOARDS) =>
  drawing(name).panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
const panels = (name: keyof typeof DASHBOARDS) => everything(name).filter(({ type }) => type !== 'row');

test.each(NAMES)('the committed %s.json is what the code draws', async (name) => {
  const committed = await readFile(new URL(`../deploy/grafana/dashboards/${name}.json`, import.meta.url), 'utf8');
  // Not toBe: the difference would be thousands of lines.
  expect(committed === toJson(DASHBOARDS[name]), `${name}.json is stale: npm run dashboards`).toBe(true);
});

test.each(NAMES)('%s: every panel has a unit and a description', (name) => {
  const mute = panels(name).filter(
    ({ description, fieldConfig }) => !description?.endsWith('.') || !fieldConfig?.defaults.unit,
  );
  expect(mute.map(({ title }) => title)).toEqual([]);
});

test.each(NAMES)('%s: every panel and every query asks the provisioned datasource', (name) => {
  const { list } = drawing(name).templating;
  const uidOf = (uid = '') => {
    const variable = list.find((one) => uid === `\${${one.name}}`);
    return variable ? variable.current.value : uid;
  };
  const asked = panels(name).flatMap((panel) => [panel, ...(panel.targets ?? [])]);
  expect(new Set(asked.map(({ datasource }) => uidOf(datasource?.uid)))).toEqual(new Set([DATASOURCE_UID]));
  expect(toJson(DASHBOARDS[name])).not.toContain('${DS_');
});

test('the provisioned datasource has the uid that dashboards name', async () => {
  const file = new URL('../deploy/grafana/provisioning/datasources/prometheus.yml', import.meta.url);
  expect(await readFile(file, 'utf8')).toContain(`\n    uid: ${DATASOURCE_UID}\n`);
});

test.each(NAMES)('%s: ids and titles are unique', (name) => {
  const all = everything(name);
  expect(all.filter(({ id }, index) => all.findIndex((other) => other.id === id) !== index)).toEqual([]);
  const titles = panels(name).map(({ title }) => title);
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
});

const overlap = (a: Place, b: Place) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

test.each(NAMES)('%s: no panel overlaps another or leaves the grid', (name) => {
  // A collapsed row's panels lie where others lie until it is opened, so they are compared with each other.
  for (const group of [drawing(name).panels, ...drawing(name).panels.map((row) => row.panels ?? [])]) {
    const outside = group.filter(({ gridPos: { x, w } }) => x < 0 || w < 1 || x + w > COLUMNS);
    expect(outside.map(({ title }) => title)).toEqual([]);
    const pairs = group.flatMap((a, index) => group.slice(index + 1).map((b) => [a, b] as const));
    const overlapping = pairs.filter(([a, b]) => overlap(a.gridPos, b.gridPos));
    expect(overlapping.map(([a, b]) => `${a.title} and ${b.title}`)).toEqual([]);
  }
});

const namesOf = (metrics: Readonly<Record<string, { readonly name: string }>>) =>
  Object.values(metrics).map(({ name }) => name);
const withSuffixes = (name: string) => ['_bucket', '_sum', '_count'].map((suffix) => `${name}${suffix}`);
const SERVER = [COUNTERS, GAUGES, HISTOGRAMS, OTHERS].flatMap(namesOf);
const KNOWN: ReadonlySet<string> = new Set([
  ...[COUNTERS, GAUGES].flatMap(namesOf),
  ...[OTHERS.busUp, OTHERS.build, OTHERS.requests].map(({ name }) => name),
  ...[...namesOf(HISTOGRAMS), OTHERS.requestDuration.name, PROCESS.collection].flatMap(withSuffixes),
  ...[PROCESS, REDIS, NGINX, PROMETHEUS, K6].flatMap((names) => Object.values<string>(names)),
  ALERT_SINCE,
]);
const annotationQueries = NAMES.flatMap((name) =>
  drawing(name).annotations.list.map(({ target }) => ({ panel: 'annotation', expr: substitute(target.expr) })),
);

test('every query is PromQL, and every metric that it names exists', () => {
  const unknown = [...panelQueries(), ...annotationQueries].flatMap(({ panel, expr }) =>
    metricsIn(expr)
      .filter((metric) => !KNOWN.has(metric))
      .map((metric) => `${panel}: ${metric}`),
  );
  expect(unknown).toEqual([]);
});

test('no variable is left in a query', () => {
  expect(panelQueries().filter(({ expr, legend }) => `${expr}${legend}`.includes('$'))).toEqual([]);
});

test('what may be empty are load tests, alerts and what is said of no streams', () => {
  const cluster = [...MAY_BE_EMPTY.keys()].filter((panel) => panel.startsWith('cluster: '));
  expect(cluster).toEqual(['cluster: Firing alerts', 'cluster: Bytes per stream']);
});

test("every metric of the server's own is on a panel", () => {
  const shown = new Set(
    panelQueries()
      .flatMap(({ expr }) => metricsIn(expr))
      .map((metric) => metric.replace(/_(?:bucket|sum|count)$/, '')),
  );
  expect(SERVER.filter((metric) => !shown.has(metric))).toEqual([]);
});
