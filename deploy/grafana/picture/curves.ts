// A panel's curves over a time, asked of a Prometheus: one value for each step, so that stacked ones lie on each other.

import { seriesName } from '../legend.ts';
import type { Panel } from '../model.ts';
import { type Curve, queryRange, type Range } from '../prometheus.ts';
import { type Span, substitute } from '../variables.ts';

export interface NamedCurve {
  readonly name: string;
  /** `undefined` where there is no value. */
  readonly values: readonly (readonly [at: number, value: number | undefined])[];
}

export interface DrawnPanel {
  readonly panel: Panel;
  readonly curves: readonly NamedCurve[];
  /** Curves that are 0 all the time, and only clutter. */
  readonly silent: number;
}

export async function curvesOf(url: string, panel: Panel, range: Range, span: Span): Promise<DrawnPanel> {
  const asked = panel.queries.map(async (query) => {
    const answer = await queryRange(url, substitute(query.expr, span), range);
    const curves = answer.map((curve) => ({
      name: seriesName(substitute(query.legend, span), curve.labels),
      values: onEveryStep(curve, range, query.below ? -1 : 1),
    }));
    return curves.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  });
  const all = (await Promise.all(asked)).flat();
  const curves = all.filter(({ values }) => values.some(([, value]) => value !== undefined && value !== 0));
  return { panel, curves, silent: all.length - curves.length };
}

function onEveryStep(curve: Curve, { from, to, stepSeconds }: Range, sign: number): NamedCurve['values'] {
  const known = new Map(curve.points.filter(([, value]) => Number.isFinite(value)));
  const steps = Math.round((to - from) / stepSeconds) + 1;
  return Array.from({ length: steps }, (_, index) => {
    const at = (from + index * stepSeconds) * 1000;
    const value = known.get(at);
    return [at, value === undefined ? undefined : value * sign] as const;
  });
}
