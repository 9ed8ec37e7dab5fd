// The rules that Prometheus evaluates, the cases that try them, and the operator's page, as written.

import { globSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const DEPLOY = new URL('../../deploy/', import.meta.url);

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

interface RuleFile {
  readonly groups: readonly { readonly rules: readonly (AlertRule | RecordingRule)[] }[];
}

/** An alert at one moment of a made-up time: it is expected to fire once for each of `exp_alerts`. */
interface AlertCase {
  readonly alertname: string;
  readonly exp_alerts?: readonly unknown[];
}

interface CaseFile {
  readonly tests: readonly {
    readonly input_series: readonly { readonly series: string }[];
    readonly alert_rule_test?: readonly AlertCase[];
  }[];
}

/** Paths from the repository's root. */
function pathsOf(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: new URL('../..', import.meta.url) }).sort();
}

// What is read is held to these types by promtool, which knows them better.
function read<T>(path: string): T {
  return parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as T;
}

export const RULE_PATHS = pathsOf('deploy/prometheus/rules/*.yml');
export const CASE_PATHS = pathsOf('test/rules/*.test.yml');

export const RULES = RULE_PATHS.flatMap((path) => read<RuleFile>(path).groups.flatMap(({ rules }) => rules));
export const ALERTS = RULES.filter((rule) => 'alert' in rule);
export const RECORDED = RULES.filter((rule) => 'record' in rule).map(({ record }) => record);

const CASES = CASE_PATHS.flatMap((path) => read<CaseFile>(path).tests);
export const ALERT_CASES = CASES.flatMap(({ alert_rule_test: cases = [] }) => cases);
/** The series that the cases make up. */
export const CASE_SERIES = [...new Set(CASES.flatMap((each) => each.input_series.map(({ series }) => series)))];

/** The operator's page. */
export const PAGE = readFileSync(new URL('README.md', DEPLOY), 'utf8');
/** The page of who comes first. */
export const README = readFileSync(new URL('../README.md', DEPLOY), 'utf8');
/** The operator's page's anchors, as GitHub makes them of headings of one word. */
export const ANCHORS = [...PAGE.matchAll(/^##+ (\w+)$/gm)].map(([, heading = '']) => heading.toLowerCase());
