// A replica and an nginx that wait for seconds where they would for minutes, and somebody who hears of what they serve
// meanwhile. The end of the test ends them.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import type { Environment } from '../../src/settings.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { publish } from '../support/publisher.ts';
import { ReplicaProcess } from '../support/replica.ts';
import { Subscriber } from '../support/subscriber.ts';
import { until } from '../support/until.ts';

const DEPLOYED = fileURLToPath(new URL('../../deploy/nginx/nginx.conf', import.meta.url));
const PRELOAD = fileURLToPath(new URL('./short-waits.ts', import.meta.url));
const BYSTANDER = 'bystander';

export interface Served {
  readonly url: string;
  readonly metricsUrl: string;
}

/** @param waits properties of its servers, in milliseconds */
export async function startHasty(waits: object, env: Environment): Promise<Served> {
  const shortened = { NODE_OPTIONS: `--import=${PRELOAD}`, SHORT_WAITS: JSON.stringify(waits) };
  const replica = new ReplicaProcess({ ...shortened, TRUST_PROXY: 'true', ...env });
  onTestFinished(async () => {
    await replica.stop();
    expect(replica.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    expect(replica.stderr).toBe('');
  });
  const served = await replica.addresses();
  await until('the replica is ready', async () => (await fetch(`${served.url}/readyz`)).ok);
  return served;
}

/** nginx with the deployed configuration, but waiting so many seconds for heads and bodies. */
export async function startHastyNginx(replica: Served, seconds: number): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-hasty-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  let config = await readFile(DEPLOYED, 'utf8');
  for (const name of ['client_header_timeout', 'client_body_timeout']) {
    const line = new RegExp(`^( *${name}) 15s;$`, 'm');
    expect(config).toMatch(line);
    config = config.replace(line, `$1 ${seconds}s;`);
  }
  // For these nginx has a minute and more by itself.
  config = config.replace(/^( *)server_tokens off;$/m, '$&\n$1send_timeout 2s;\n$1keepalive_timeout 2s;');
  const file = join(folder, 'nginx.conf');
  await writeFile(file, config);
  const nginx = await startNginx([replica.url], file);
  onTestFinished(() => nginx.stop());
  return nginx;
}

/** A stream that is open. */
export async function bystander(url: string): Promise<Subscriber> {
  const stream = await Subscriber.open(url, { query: `channel=${BYSTANDER}` });
  onTestFinished(() => stream.close());
  expect((await stream.next()).event).toBe('fanfare:open');
  return stream;
}

/** Publishes, and expects that an open stream and a new one carry it, and that a page comes. */
export async function expectServed(url: string, open: Subscriber): Promise<void> {
  const fresh = await bystander(url);
  const id = await publish(url, { channel: BYSTANDER, message: 'm' });
  for (const stream of [open, fresh]) {
    const events = await stream.takeUntil((event) => event.id === id && event.event === 'message');
    expect(events.at(-1)).toEqual({ id, event: 'message', data: 'm' });
  }
  expect((await fetch(`${url}/live`)).status).toBe(200);
  fresh.close();
}
