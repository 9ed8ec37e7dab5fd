// What a viewer can choose at the top of a dashboard, and what stands for each choice where nobody chooses.

import {
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { OTHERS } from '../../src/metric-catalogue.ts';

/** The provisioned datasource's uid, which the variable begins with. */
export const DATASOURCE_UID = 'prometheus';

/** Grafana replaces it by the chosen datasource's uid. Not `${DS_…}`: that one only exists while a file is imported. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's template, not JavaScript's.
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;

const QUANTILES = ['0.5', '0.9', '0.95', '0.99', '0.999'];
const QUANTILE = '0.99';

const datasource = new DatasourceVariableBuilder('datasource')
  .label('Datasource')
  .type(DATASOURCE.type)
  .current({ text: 'Prometheus', value: DATASOURCE_UID });

const job = new QueryVariableBuilder('job')
  .label('Job')
  .description("Prometheus's job of the replicas: one for each cluster that it watches.")
  .datasource(DATASOURCE)
  .query(`label_values(${OTHERS.build.name}, job)`)
  .refresh(VariableRefresh.OnDashboardLoad)
  .current({ text: 'fanfare', value: 'fanfare' });

const instance = new QueryVariableBuilder('instance')
  .label('Replica')
  .description('Only these replicas. What is said of Redis and nginx does not follow it.')
  .datasource(DATASOURCE)
  .query(`label_values(${OTHERS.build.name}{job=~"$job"}, instance)`)
  .refresh(VariableRefresh.OnTimeRangeChanged)
  .sort(VariableSort.NaturalAsc)
  .multi(true)
  .includeAll(true)
  .allValue('.*')
  .current({ text: ['All'], value: ['$__all'] });

const quantile = new CustomVariableBuilder('quantile')
  .label('Quantile')
  .description('Which part of the observations the latency panels look at, beside the median.')
  .values(QUANTILES.join(','))
  .options(QUANTILES.map((value) => ({ text: value, value, selected: value === QUANTILE })))
  .current({ text: QUANTILE, value: QUANTILE });

export const variables = [datasource, job, instance, quantile];

export interface Span {
  /** What a rate looks back over: several scrapes. */
  readonly rateInterval: string;
  readonly range: string;
  readonly interval: string;
}

const USUAL: Span = { rateInterval: '1m', range: '1h', interval: '15s' };

/** A query or a legend as Grafana sends it where the viewer has chosen nothing. */
export function substitute(text: string, span: Span = USUAL): string {
  return text
    .replaceAll('$__rate_interval', span.rateInterval)
    .replaceAll('$__range', span.range)
    .replaceAll('$__interval', span.interval)
    .replaceAll('$job', 'fanfare')
    .replaceAll('$instance', '.*')
    .replaceAll('$quantile', QUANTILE);
}
