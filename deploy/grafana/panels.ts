// Each kind of panel as Grafana's JSON has it. Everything that all panels of a kind share is said here, once.

import {
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { BASE_COLOUR, mappings, thresholds } from './colours.ts';
import { type Panel, type Query, UNITS } from './model.ts';
import { refId } from './ref-id.ts';
import { tablePanel } from './table-panel.ts';
import { DATASOURCE } from './variables.ts';

/** A panel without its id and its place. */
export function toPanel(panel: Panel): sdk.Panel {
  switch (panel.kind) {
    case 'stat':
      return toStat(panel);
    case 'graph':
      return toGraph(panel);
    case 'heatmap':
      return toHeatmap(panel);
    case 'table':
      return tablePanel(
        panel,
        targets(panel, (query) => query.instant().format(PromQueryFormat.Table)),
      ).build();
  }
}

function targets(panel: Panel, shape: (query: DataqueryBuilder, of: Query) => DataqueryBuilder): DataqueryBuilder[] {
  return panel.queries.map((query, index) => {
    const target = new DataqueryBuilder().refId(refId(index)).datasource(DATASOURCE);
    return shape(target.expr(query.expr).legendFormat(query.legend), query);
  });
}

function toStat(panel: Panel): sdk.Panel {
  const built = new stat.PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit(UNITS[panel.unit])
    .min(panel.min ?? 0)
    .thresholds(thresholds(panel.steps, BASE_COLOUR.good))
    .mappings(mappings(panel.words))
    .noValue(panel.mayBeEmpty?.shown ?? 'No data')
    // A word has no curve.
    .graphMode(panel.words ? BigValueGraphMode.None : BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .targets(targets(panel, (query) => query.range()));
  return built.build();
}

function toGraph(panel: Panel): sdk.Panel {
  const built = new timeseries.PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit(UNITS[panel.unit])
    .thresholds(thresholds(panel.steps, BASE_COLOUR.none))
    .noValue(panel.mayBeEmpty?.shown ?? 'No data')
    .legend(legend)
    .tooltip(tooltip)
    .lineWidth(1)
    .fillOpacity(panel.stacked ? 30 : 8)
    .showPoints(VisibilityMode.Never)
    .targets(targets(panel, (query) => query.range()));
  if (panel.max !== undefined) built.max(panel.max);
  if (panel.stacked) built.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (panel.steps) built.thresholdsStyle(dashed);
  const below = panel.queries.flatMap((query, index) => (query.below ? [refId(index)] : []));
  for (const query of below) built.overrideByQuery(query, [{ id: 'custom.transform', value: 'negative-Y' }]);
  // What is drawn below the axis would be cut off by it.
  if (below.length === 0 && panel.min !== undefined) built.min(panel.min);
  return built.build();
}

const legend = new VizLegendOptionsBuilder()
  .displayMode(LegendDisplayMode.Table)
  .placement(LegendPlacement.Bottom)
  .showLegend(true)
  .calcs(['lastNotNull', 'mean', 'max'])
  .sortBy('Last *')
  .sortDesc(true);
const tooltip = new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);
const dashed = new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);

function toHeatmap(panel: Panel): sdk.Panel {
  const colour = new heatmap.HeatmapColorOptionsBuilder()
    .mode(heatmap.HeatmapColorMode.Scheme)
    .scheme('YlOrRd')
    .steps(64)
    // Rare slow messages must be seen beside a thousand fast ones.
    .scale(heatmap.HeatmapColorScale.Exponential)
    .exponent(0.3)
    .reverse(false);
  const built = new heatmap.PanelBuilder()
    .title(panel.title)
    .description(panel.description)
    .datasource(DATASOURCE)
    .unit(UNITS.perSecond)
    .noValue('No data')
    .calculate(false)
    .color(colour)
    .cellGap(1)
    .cellValues(new heatmap.CellValuesBuilder().unit(UNITS.perSecond))
    .yAxis(new heatmap.YAxisConfigBuilder().unit(UNITS[panel.unit]))
    .tooltip(new heatmap.HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true))
    .targets(targets(panel, (query) => query.range().format(PromQueryFormat.Heatmap)));
  return built.build();
}
