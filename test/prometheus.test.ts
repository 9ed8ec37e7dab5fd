// What Prometheus is given: that it can be read, that every alert fires when it should and is silent when it should, that
// it asks for nothing that nobody says, and that whoever is called finds what to do.

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { impossible, KNOWN_METRICS } from './support/known-metrics.ts';
import { metricsIn, selectorsIn } from './support/promql.ts';
import {
  ALERT_CASES,
  ALERTS,
  ANCHORS,
  CASE_PATHS,
  CASE_SERIES,
  PAGE,
  README,
  RECORDED,
  RULE_PATHS,
  RULES,
} from './support/rules.ts';
import { describeWith, program } from './support/tools.ts';

const ROOT = new URL('..', import.meta.url);
const NAMES = [...new Set(ALERTS.map(({ alert }) => alert))];

const isKnown = (name: string): boolean => KNOWN_METRICS.has(name) || RECORDED.includes(name);

/** Expects promtool to be content. What it says otherwise is in the failure. */
function expectContent(...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(program('promtool'), args, { cwd: ROOT, encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
}

describeWith(['promtool'], 'Prometheus', () => {
  test('Prometheus: its configuration can be read, with all that it names', () => {
    expectContent('check', 'config', 'deploy/prometheus/prometheus.yml');
  });

  test('Rules: promtool has nothing to say about them', () => {
    expectContent('check', 'rules', '--lint=all', '--lint-fatal', ...RULE_PATHS);
  });

  test.each(CASE_PATHS)('Rules: what %s expects is what comes', (path) => {
    expectContent('test', 'rules', path);
  });
});

test('Rules: there are some, in the files that are looked at', () => {
  expect(NAMES.length).toBeGreaterThan(20);
  expect(RECORDED.length).toBeGreaterThan(5);
});

test.each(NAMES)('Alert %s: there is a case where it fires and one where it must not', (name) => {
  const expected = ALERT_CASES.filter(({ alertname }) => alertname === name).map((each) => each.exp_alerts ?? []);
  expect(expected.some((alerts) => alerts.length > 0)).toBe(true);
  expect(expected.some((alerts) => alerts.length === 0)).toBe(true);
});

test.each(ALERTS)('Alert $alert ($labels.severity): it says what is wrong, and where to read on', (rule) => {
  expect(rule.labels['severity']).toMatch(/^(page|ticket)$/);
  const { summary, description, runbook } = rule.annotations;
  expect(summary).toMatch(/\S/);
  expect(description).toMatch(/\S/);
  expect(runbook).toBe(`deploy/README.md#${rule.alert.toLowerCase()}`);
  expect(ANCHORS).toContain(rule.alert.toLowerCase());
});

test('Cases: none speaks of an alert that is not there', () => {
  for (const { alertname } of ALERT_CASES) expect(NAMES).toContain(alertname);
});

test.each(RULES.map((rule) => ['alert' in rule ? rule.alert : rule.record, rule.expr]))(
  'Rule %s: it asks for metrics that somebody says',
  (_name, expr) => {
    const selectors = selectorsIn(expr);
    expect(selectors).not.toEqual([]);
    expect(selectors.filter(({ metric }) => !isKnown(metric))).toEqual([]);
    expect(selectors.flatMap(impossible)).toEqual([]);
  },
);

test('Cases: they make up no series that could not be', () => {
  const selectors = CASE_SERIES.flatMap(selectorsIn);
  expect(selectors.filter(({ metric }) => !isKnown(metric))).toEqual([]);
  expect(selectors.flatMap(impossible)).toEqual([]);
});

/** Metrics as prose names them: a histogram by its own name, too. */
function namedIn(page: string): readonly string[] {
  return page.match(/[\w:]*\b(?:fanfare|redis|nginx|nodejs|process|http)_[\w:]+/g) ?? [];
}
const isWritten = (name: string) => isKnown(name) || isKnown(`${name}_bucket`);

test.each([
  ['README.md', README],
  ['deploy/README.md', PAGE],
])('%s: the metrics that it names are there', (_name, page) => {
  expect(namedIn(page)).not.toEqual([]);
  expect(namedIn(page).filter((name) => !isWritten(name))).toEqual([]);
});

// With the replicas scaled, a plain `up` takes the added ones away; with other settings it recreates Redis.
test("The operator's page: no command touches more than it is for", () => {
  const ups = PAGE.match(/docker compose (?:-\S+ )*up [^`]*/g) ?? [];
  expect(ups.length).toBeGreaterThan(0);
  expect(ups.filter((command) => !/--no-deps\b|--scale app=/.test(command))).toEqual([]);
});

test("The operator's page: the sections that it points to are there", () => {
  expect([...PAGE.matchAll(/\]\(#(\w+)\)/g)].filter(([, anchor = '']) => !ANCHORS.includes(anchor))).toEqual([]);
});

test('PromQL: metrics and matchers are found; what is none is refused, and so is a selector without a metric', () => {
  expect(metricsIn('sum by (job) (rate(a_total{b="c"}[5m])) / on (job) d:e:f + a_total')).toEqual(['a_total', 'd:e:f']);
  expect(selectorsIn('a{b=~"c|d", e!=\'f\'}')).toMatchObject([
    {
      metric: 'a',
      matchers: [
        { label: 'b', operator: '=~', value: 'c|d' },
        { label: 'e', operator: '!=', value: 'f' },
      ],
    },
  ]);
  expect(() => metricsIn('sum(a')).toThrow('no PromQL');
  expect(() => metricsIn('{job="fanfare"}')).toThrow('no metric is named');
});
