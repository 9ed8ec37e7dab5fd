// The stack that users start, from its own docker-compose.yml, driven from outside as they do: built, watched, wounded
// and scaled. It has a project and a port of its own, so it meets no other stack, and leaves nothing behind.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Audience, expectAll, servedBy } from './support/cluster.ts';
import { publish } from './support/publisher.ts';
import { freePort } from './support/redis.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const run = promisify(execFile);
const PROJECT = `fanfare-test-${process.pid}`;
const ROOT = new URL('..', import.meta.url);

let port: number;
let url: string;
let audience: Audience;

async function docker(...args: string[]): Promise<string> {
  // Nothing of the user's own settings: .env is not read, and the environment names only what Docker needs.
  const { PATH, HOME, DOCKER_HOST } = process.env;
  const settings = { FANFARE_PORT: String(port), RETRY_MS: '200', DRAIN_MS: '500' };
  const env = { PATH, HOME, ...(DOCKER_HOST !== undefined && { DOCKER_HOST }), ...settings };
  const { stdout } = await run('docker', args, { cwd: ROOT, env, maxBuffer: 2 ** 26 });
  return stdout.trim();
}

function compose(...args: string[]): Promise<string> {
  return docker('compose', '--env-file', '/dev/null', '--project-name', PROJECT, ...args);
}

/** The ids of running containers. */
async function containers(...services: string[]): Promise<string[]> {
  return (await compose('ps', '--quiet', '--status', 'running', ...services)).split('\n');
}

/** A replica is named after its host, which is the short id of its container. */
async function replicas(): Promise<string[]> {
  return (await containers('app')).map((id) => id.slice(0, 12)).sort();
}

/** Runs a line of JavaScript inside a container. */
function evaluate(container: string, script: string): Promise<string> {
  return docker('exec', container, 'node', '--input-type=module', '--eval', script);
}

function openTen(channel: string) {
  return Promise.all(Array.from({ length: 10 }, () => audience.open(channel)));
}

async function imageMebibytes(image: string): Promise<number> {
  return Math.round(Number(await docker('image', 'inspect', '--format', '{{.Size}}', image)) / 2 ** 20);
}

describeWith(['docker'], 'docker compose', () => {
  beforeAll(async () => {
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await compose('up', '--build', '--detach', '--wait', '--wait-timeout', '120');
    const ours = await imageMebibytes(`${PROJECT}-app`);
    console.log(`The image: ${ours} MiB, of them ${await imageMebibytes('node:26-trixie-slim')} the base's`);
  }, 200_000);

  beforeEach(() => {
    audience = new Audience(url);
  });

  afterEach(() => {
    audience.close();
  });

  afterAll(async () => {
    await compose('down', '--volumes', '--rmi', 'local', '--timeout', '5');
    expect(await docker('ps', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${PROJECT}`)).toBe('');
  }, 60_000);

  test('S6: ten streams land on all three replicas, and what is sent to each of them arrives once on all ten', async () => {
    const streams = await openTen('each');
    const names = await replicas();
    expect(names).toHaveLength(3);
    expect([...new Set(streams.flatMap(servedBy))].sort()).toEqual(names);
    const ids: string[] = [];
    for (const name of names) {
      const body = `new URLSearchParams({ channel: 'each', message: 'to ${name}' })`;
      const send = `fetch('http://127.0.0.1:3000/send', { method: 'POST', body: ${body} })`;
      const answer = await evaluate(name, `console.log(await (await ${send}).text())`);
      ids.push((JSON.parse(answer) as { id: string }).id);
    }
    await expectAll(streams, ids);
  });

  test('R5: a killed replica fails no publish, and its streams come back through nginx and miss nothing', async () => {
    const streams = await openTen('killed');
    const victim = (await replicas())[0] as string;
    const orphans = streams.filter((stream) => servedBy(stream)[0] === victim);
    expect(orphans).not.toHaveLength(0);
    let killed = false;
    const killing = docker('kill', victim).finally(() => {
      killed = true;
    });
    const ids: string[] = [];
    while (!killed) ids.push(await publish(url, { channel: 'killed', message: 'before and while' }));
    await killing;
    await until('its streams are back', () => orphans.every((orphan) => servedBy(orphan).length > 1));
    ids.push(await publish(url, { channel: 'killed', message: 'after' }));
    await expectAll(streams, ids);
    expect(orphans.map((orphan) => servedBy(orphan).at(-1))).not.toContain(victim);
  });

  test('R10: nginx finds the replicas that --scale adds within 5 s, without a reload', async () => {
    const before = await replicas();
    await compose('up', '--detach', '--no-recreate', '--wait', '--scale', 'app=5');
    const ready = performance.now();
    const all = await replicas();
    expect(all).toHaveLength(5);
    const added = all.filter((name) => !before.includes(name));
    const streams = await audience.openOnEach(added, 1, 'scaled');
    expect(performance.now() - ready).toBeLessThan(5_000);
    await expectAll(streams, [await publish(url, { channel: 'scaled', message: 'to the new' })]);
  });

  test('Compose: containers run without root, without capabilities and on a file system that they cannot write', async () => {
    const ids = await containers();
    expect(ids).toHaveLength(7);
    for (const id of ids) {
      const status = await docker('exec', id, 'cat', '/proc/1/status');
      expect(status).toMatch(/^Uid:\s+[1-9]/m);
      expect(status).toMatch(/^CapEff:\s+0+$/m);
      expect(status).toMatch(/^CapBnd:\s+0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
      expect(await docker('inspect', '--format', '{{.HostConfig.ReadonlyRootfs}}', id)).toBe('true');
    }
  });

  test('Metrics: nginx has the only published port, and neither metrics nor health are behind it', async () => {
    const label = `label=com.docker.compose.project=${PROJECT}`;
    const ports = await docker('ps', '--filter', label, '--format', '{{.Ports}}');
    expect(ports.match(/\S+->\S+/g)).toEqual([`127.0.0.1:${port}->8080/tcp`]);
    for (const path of ['/metrics', '/livez', '/readyz', '/stub_status', '/healthz']) {
      expect({ path, status: (await fetch(url + path)).status }).toEqual({ path, status: 404 });
    }
    const scrape = `console.log(await (await fetch('http://127.0.0.1:9464/metrics')).text())`;
    expect(await evaluate((await replicas())[0] as string, scrape)).toContain('fanfare_build_info');
  });
});
