// The first panel of the Cluster dashboard, asked by a real PromQL engine of made-up clusters: it says yes only where users
// do get their messages.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { usersGetTheirMessages } from '../deploy/grafana/rows/now.ts';
import { substitute } from '../deploy/grafana/variables.ts';
import { describeWith, program } from './support/tools.ts';

const REPLICA = 'job="fanfare",instance="a:9464"';
const LATENCY = 'fanfare_delivery_latency_seconds_bucket';

/** All is well: ten messages a second, all within 5 ms. */
const WELL: Readonly<Record<string, string>> = {
  [`fanfare_ready{${REPLICA}}`]: '1x60',
  [`fanfare_bus_up{${REPLICA},role="commands"}`]: '1x60',
  [`fanfare_bus_up{${REPLICA},role="subscription"}`]: '1x60',
  [`fanfare_bus_silence_seconds{${REPLICA}}`]: '1x60',
  [`fanfare_messages_published_total{${REPLICA},result="ok"}`]: '0+50x60',
  [`fanfare_messages_published_total{${REPLICA},result="rejected"}`]: '0+500x60',
  [`fanfare_messages_published_total{${REPLICA},result="error"}`]: '0x60',
  [`${LATENCY}{${REPLICA},le="0.005"}`]: '0+50x60',
  [`${LATENCY}{${REPLICA},le="2.5"}`]: '0+50x60',
  [`${LATENCY}{${REPLICA},le="+Inf"}`]: '0+50x60',
  'nginx_up{job="nginx",instance="nginx-exporter:9113"}': '1x60',
};

const [NO, LATE, YES] = [0, 1, 2];
const OK = `fanfare_messages_published_total{${REPLICA},result="ok"}`;
const ERROR = `fanfare_messages_published_total{${REPLICA},result="error"}`;
const SILENT = Object.fromEntries(['0.005', '2.5', '+Inf'].map((le) => [`${LATENCY}{${REPLICA},le="${le}"}`, '0x60']));
const NGINX = 'nginx_up{job="nginx",instance="nginx-exporter:9113"}';

describeWith(['promtool'], 'users get their messages', () => {
  test.each<[string, number, Readonly<Record<string, string | undefined>>]>([
    ['all is well', YES, {}],
    ['nobody sends anything', YES, { ...SILENT, [OK]: '0x60' }],
    ['nobody has sent anything since Prometheus began', YES, { ...SILENT, [OK]: '_x59 0', [ERROR]: '_x59 0' }],
    ['another proxy is in front, of which nothing is known', YES, { [NGINX]: undefined }],
    ['one publish in ten fails', YES, { [ERROR]: '0+5x60' }],
    ['nginx is down', NO, { [NGINX]: '1x30 0x29' }],
    ['every publish fails', NO, { ...SILENT, [OK]: '0x60', [ERROR]: '0+50x60' }],
    ['nobody is ready', NO, { [`fanfare_ready{${REPLICA}}`]: '0x60' }],
    ['a replica has lost its subscription', NO, { [`fanfare_bus_up{${REPLICA},role="subscription"}`]: '0x60' }],
    ['a replica is deaf', NO, { [`fanfare_bus_silence_seconds{${REPLICA}}`]: '0+5x60' }],
    ['messages come late', LATE, { [`${LATENCY}{${REPLICA},le="0.005"}`]: '0x60' }],
  ])('Dashboard: %s: %d', (name, value, change) => {
    const series = Object.entries({ ...WELL, ...change }).flatMap(([series, values]) =>
      values === undefined ? [] : [{ series, values }],
    );
    const asked = { expr: substitute(usersGetTheirMessages), eval_time: '5m', exp_samples: [{ labels: '{}', value }] };
    const cases = { tests: [{ name, interval: '5s', input_series: series, promql_expr_test: [asked] }] };
    const folder = mkdtempSync(join(tmpdir(), 'fanfare-answer-'));
    try {
      const file = join(folder, 'answer.test.yml');
      writeFileSync(file, stringify(cases));
      const { status, stdout, stderr } = spawnSync(program('promtool'), ['test', 'rules', file], { encoding: 'utf8' });
      expect(status, stdout + stderr).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
