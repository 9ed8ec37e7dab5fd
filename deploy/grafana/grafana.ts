// A dashboard as the JSON that Grafana reads from its folder.

import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { annotations } from './annotations.ts';
import { layOut, type PlacedRow } from './layout.ts';
import type { Dashboard } from './model.ts';
import { toPanel } from './panels.ts';
import { variables } from './variables.ts';

const TAG = 'fanfare';

const toTheOthers = new DashboardLinkBuilder('Fanfare')
  .type(DashboardLinkType.Dashboards)
  .tags([TAG])
  .icon('dashboard')
  .tooltip('The other dashboard, at the same time and with the same choices')
  .includeVars(true)
  .keepTime(true);

/** The same text whenever nothing has changed. */
export function toJson(dashboard: Dashboard): string {
  const built = new DashboardBuilder(dashboard.title)
    .uid(dashboard.uid)
    .description(dashboard.description)
    .tags([TAG])
    .readonly()
    .timezone('browser')
    .time({ from: 'now-30m', to: 'now' })
    .refresh('5s')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(toTheOthers)
    .variables(variables)
    .annotations(annotations)
    .build();
  built.panels = panelsOf(layOut(dashboard.rows));
  return `${JSON.stringify(built, null, 2)}\n`;
}

/** Grafana wants an open row's panels beside it, and a collapsed row's within it. */
function panelsOf(rows: readonly PlacedRow[]): (Panel | RowPanel)[] {
  let id = 0;
  return rows.flatMap(({ row, heading, places }): (Panel | RowPanel)[] => {
    const collapsed = row.collapsed === true;
    id += 1;
    const title: RowPanel = { type: 'row', id, title: row.title, collapsed, gridPos: heading, panels: [] };
    const panels = row.panels.map((panel, index) => {
      const gridPos = places[index];
      if (!gridPos) throw new Error(`no place for the panel ${panel.title}`);
      id += 1;
      return { ...toPanel(panel), id, gridPos };
    });
    return collapsed ? [{ ...title, panels }] : [title, ...panels];
  });
}
