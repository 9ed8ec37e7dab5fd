// A real Prometheus with the deployed configuration and rules. Only where it finds its targets is put in from here; a part
// of the configuration that is not found as expected is an error, so that no change of it escapes the tests.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { freePort } from './redis.ts';
import { program } from './tools.ts';
import { until } from './until.ts';

const DEPLOYED = fileURLToPath(new URL('../../deploy/prometheus', import.meta.url));

export interface Prometheus {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param replicas where their metrics are, such as `http://127.0.0.1:40001/metrics` */
export async function startPrometheus(replicas: readonly string[]): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-prometheus-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await symlink(join(DEPLOYED, 'rules'), join(folder, 'rules'));
  const file = join(folder, 'prometheus.yml');
  const deployed = await readFile(join(DEPLOYED, 'prometheus.yml'), 'utf8');
  await writeFile(file, configure(deployed, `127.0.0.1:${port}`, replicas));
  const settings = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn(program('prometheus'), settings, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true });
  };
  try {
    await until('Prometheus is ready', async () => {
      if (child.exitCode !== null) throw new Error(`Prometheus has ended: ${said}`);
      return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** The deployed configuration with the replicas of this machine, and without what is not here: DNS and exporters. */
function configure(deployed: string, itself: string, replicas: readonly string[]): string {
  const document = parseDocument(deployed);
  const jobs = (document.toJS() as { scrape_configs: Record<string, unknown>[] }).scrape_configs;
  const names = jobs.map(({ job_name: name }) => name);
  if (names.join() !== 'fanfare,redis,nginx,prometheus') throw new Error(`The deployed jobs are ${names} now`);
  const [{ dns_sd_configs: dns, ...fanfare }] = jobs as [Record<string, unknown>];
  if (dns === undefined) throw new Error('The deployed Prometheus does not find replicas by DNS any more');
  const at = (targets: readonly string[]) => [{ targets }];
  document.set('scrape_configs', [
    { ...fanfare, static_configs: at(replicas.map((replica) => new URL(replica).host)) },
    { job_name: 'prometheus', static_configs: at([itself]) },
  ]);
  return document.toString();
}
