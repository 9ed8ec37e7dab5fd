// What happened, drawn over every graph: replicas that started, load tests, alerts.

import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PROCESS } from '../../src/metric-catalogue.ts';
import { FIRING } from './alerts.ts';
import { K6 } from './k6.ts';
import { series } from './queries.ts';
import { DATASOURCE } from './variables.ts';

/** Points no further apart than this are one span of time. */
const STEP = '15s';

/** A span for as long as the expression is above 0. */
const span = (name: string, colour: string, expr: string, title: string, text: string) =>
  new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor(colour)
    .step(STEP)
    .titleFormat(title)
    .textFormat(text)
    .target(new DataqueryBuilder().refId('Anno').expr(expr).interval(STEP).range());

export const annotations = [
  // The value is the moment, in ms: exact, and not missed between two points.
  span(
    'Replica starts',
    'blue',
    `${series(PROCESS.started)} * 1000`,
    'Replica started',
    '{{instance}}',
  ).useValueForTime(true),
  span('Load tests', 'purple', `sum(${K6.users})`, 'Load test', 'Virtual users are at work'),
  span(
    'Firing alerts',
    'red',
    `max by (alertname, severity, instance) (${FIRING})`,
    '{{alertname}}',
    '{{severity}} {{instance}}',
  ),
];
