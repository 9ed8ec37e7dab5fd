// Every query of every panel, as Grafana sends it where the viewer has chosen nothing: for the table of current values and
// for tests that ask a real Prometheus.

import { DASHBOARDS } from './dashboards.ts';
import type { Dashboard, Panel, Query, Unit, Words } from './model.ts';
import { refId } from './ref-id.ts';
import { type Span, substitute } from './variables.ts';

export interface PanelQuery {
  /** The dashboard's name: that of its file. */
  readonly dashboard: string;
  readonly panel: string;
  readonly refId: string;
  readonly legend: string;
  readonly expr: string;
  readonly unit: Unit;
  /** Where the value is one of a few, which words stand for it. */
  readonly words?: Words;
  /** Why no series may be the right answer. Elsewhere no series is a defect. */
  readonly mayBeEmpty?: string;
}

const panelsOf = (dashboard: Dashboard): readonly Panel[] => dashboard.rows.flatMap(({ panels }) => panels);

export function panelQueries(span?: Span): readonly PanelQuery[] {
  return Object.entries(DASHBOARDS).flatMap(([name, dashboard]) =>
    panelsOf(dashboard).flatMap((panel) =>
      panel.queries.map((query, index) => ({ dashboard: name, ...asked(panel, query, index, span) })),
    ),
  );
}

function asked(panel: Panel, query: Query, index: number, span: Span | undefined): Omit<PanelQuery, 'dashboard'> {
  const words = query.words ?? panel.words;
  return {
    panel: panel.title,
    refId: refId(index),
    legend: substitute(query.legend, span),
    expr: substitute(query.expr, span),
    unit: query.unit ?? panel.unit,
    ...(words && { words }),
    ...(panel.mayBeEmpty && { mayBeEmpty: panel.mayBeEmpty.reason }),
  };
}

/** The panels whose queries may return no series, each with its reason. */
export const MAY_BE_EMPTY: ReadonlyMap<string, string> = new Map(
  panelQueries().flatMap(({ dashboard, panel, mayBeEmpty }) =>
    mayBeEmpty ? [[`${dashboard}: ${panel}`, mayBeEmpty] as const] : [],
  ),
);
