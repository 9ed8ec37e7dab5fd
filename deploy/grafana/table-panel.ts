// A table: one line for each value of the first column's label, one column for each query.

import { TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { BASE_COLOUR, mappings, thresholds } from './colours.ts';
import { type Panel, type Query, UNITS } from './model.ts';
import { refId } from './ref-id.ts';
import { DATASOURCE } from './variables.ts';

export function tablePanel(panel: Panel, targets: DataqueryBuilder[]): PanelBuilder {
  const columns = panel.columns ?? {};
  const built = new PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit(UNITS[panel.unit])
    .min(panel.min ?? 0)
    .thresholds(thresholds(panel.steps, BASE_COLOUR.good))
    .noValue(panel.mayBeEmpty?.shown ?? '–')
    .targets(targets);
  for (const transformation of joined(panel, columns, targets.length > 1)) built.withTransformation(transformation);
  for (const query of panel.queries) {
    const properties = look(query);
    if (properties.length > 0) built.overrideByName(query.legend, properties);
  }
  return built;
}

function joined(panel: Panel, columns: Readonly<Record<string, string>>, several: boolean) {
  const [key] = Object.keys(columns);
  // With one query its value has no letter.
  const values = panel.queries.map((query, index) => {
    const name = several ? `Value #${refId(index)}` : 'Value';
    return { name, query };
  });
  const shown = values.filter(({ query }) => !query.info);
  const names = [...Object.keys(columns), ...shown.map(({ name }) => name)];
  const titles = { ...columns, ...Object.fromEntries(shown.map(({ name, query }) => [name, query.legend])) };
  const order = Object.fromEntries(names.map((name, index) => [name, index]));
  return [
    ...(several ? [{ id: 'joinByField', options: { byField: key, mode: 'outer' } }] : []),
    // By name, so that the times of the queries, which the join numbers, are gone.
    { id: 'filterFieldsByName', options: { include: { names } } },
    { id: 'organize', options: { renameByName: titles, indexByName: order, excludeByName: {} } },
  ];
}

function look(query: Query): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [];
  if (query.unit) properties.push({ id: 'unit', value: UNITS[query.unit] });
  if (query.words) properties.push({ id: 'mappings', value: mappings(query.words) });
  if (query.steps) properties.push({ id: 'thresholds', value: thresholds(query.steps, BASE_COLOUR.good).build() });
  if (query.words || query.steps) {
    properties.push({ id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } });
  }
  return properties;
}
