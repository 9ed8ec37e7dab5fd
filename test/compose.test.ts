// The stack that users start, from its own docker-compose.yml, driven from outside as they do: built, watched, wounded
// and scaled. It has a project and a port of its own, so it meets no other stack, and leaves nothing behind.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { guardedTests } from './compose-guarded.suite.ts';
import { tlsTests } from './compose-tls.suite.ts';
import { Audience, expectAll, servedBy } from './support/cluster.ts';
import { ComposeStack } from './support/compose.ts';
import { publish } from './support/publisher.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

let stack: ComposeStack;
let audience: Audience;

function openTen(channel: string) {
  return Promise.all(Array.from({ length: 10 }, () => audience.open(channel)));
}

async function imageMebibytes(image: string): Promise<number> {
  return Math.round(Number(await stack.docker('image', 'inspect', '--format', '{{.Size}}', image)) / 2 ** 20);
}

describeWith(['docker'], 'docker compose', () => {
  beforeAll(async () => {
    stack = await ComposeStack.start('test', { RETRY_MS: '200', DRAIN_MS: '500', COMPOSE_PROFILES: 'tls' });
    const ours = await imageMebibytes(`${stack.project}-app`);
    console.log(`The image: ${ours} MiB, of them ${await imageMebibytes('node:26-trixie-slim')} the base's`);
  }, 200_000);

  beforeEach(() => {
    audience = new Audience(stack.url);
  });

  afterEach(() => {
    audience.close();
  });

  afterAll(() => stack?.end(), 60_000);

  test('S6: ten streams land on all three replicas, and what is sent to each of them arrives once on all ten', async () => {
    const streams = await openTen('each');
    const names = await stack.replicas();
    expect(names).toHaveLength(3);
    expect([...new Set(streams.flatMap(servedBy))].sort()).toEqual(names);
    const ids: string[] = [];
    for (const name of names) {
      const body = `new URLSearchParams({ channel: 'each', message: 'to ${name}' })`;
      const send = `fetch('http://127.0.0.1:3000/send', { method: 'POST', body: ${body} })`;
      const answer = await stack.evaluate(name, `console.log(await (await ${send}).text())`);
      ids.push((JSON.parse(answer) as { id: string }).id);
    }
    await expectAll(streams, ids);
  });

  test('R5: a killed replica fails no publish, and its streams come back through nginx and miss nothing', async () => {
    const streams = await openTen('killed');
    const victim = (await stack.replicas())[0] as string;
    const orphans = streams.filter((stream) => servedBy(stream)[0] === victim);
    expect(orphans).not.toHaveLength(0);
    let killed = false;
    const killing = stack.docker('kill', victim).finally(() => {
      killed = true;
    });
    const ids: string[] = [];
    while (!killed) ids.push(await publish(stack.url, { channel: 'killed', message: 'before and while' }));
    await killing;
    await until('its streams are back', () => orphans.every((orphan) => servedBy(orphan).length > 1));
    ids.push(await publish(stack.url, { channel: 'killed', message: 'after' }));
    await expectAll(streams, ids);
    expect(orphans.map((orphan) => servedBy(orphan).at(-1))).not.toContain(victim);
  });

  test('R10: nginx finds the replicas that --scale adds within 5 s, without a reload', async () => {
    const before = await stack.replicas();
    await stack.compose('up', '--detach', '--no-recreate', '--wait', '--scale', 'app=5');
    const ready = performance.now();
    const all = await stack.replicas();
    expect(all).toHaveLength(5);
    const added = all.filter((name) => !before.includes(name));
    const streams = await audience.openOnEach(added, 1, 'scaled');
    expect(performance.now() - ready).toBeLessThan(5_000);
    await expectAll(streams, [await publish(stack.url, { channel: 'scaled', message: 'to the new' })]);
  });

  test('Compose: what the runbook says to start again comes back, and whatever else runs stays as it is', async () => {
    const before = (await stack.containers()).sort();
    const [victim] = await stack.containers('app');
    const [nginx] = await stack.containers('nginx');
    await stack.docker('kill', victim as string, nginx as string);
    await stack.compose('start', 'app');
    await stack.compose('start', 'nginx');
    expect((await stack.containers()).sort()).toEqual(before);
    await stack.compose('up', '--detach', '--wait', '--no-deps', '--force-recreate', 'nginx');
    const after = await stack.containers();
    expect(before.filter((id) => !after.includes(id))).toEqual([nginx]);
    expect(after).toHaveLength(before.length);
  });

  test('Compose: the bare cluster is replicas, Redis with its passwords, and nginx alone', async () => {
    const { services } = JSON.parse(await stack.compose('config', '--format', 'json', 'nginx')) as { services: object };
    expect(Object.keys(services).sort()).toEqual(['app', 'nginx', 'passwords', 'redis']);
  });

  test('Metrics: only nginx, Prometheus and Grafana are published, and neither metrics nor health are behind nginx', async () => {
    const label = `label=com.docker.compose.project=${stack.project}`;
    const ports = await stack.docker('ps', '--filter', label, '--format', '{{.Ports}}');
    const published = [
      `${new URL(stack.url).host}->8080/tcp`,
      `${new URL(stack.tlsUrl).host}->8443/tcp`,
      `${new URL(stack.prometheusUrl).host}->9090/tcp`,
      `${new URL(stack.grafanaUrl).host}->3000/tcp`,
    ];
    expect(ports.match(/\S+->\S+(?=,|$)/gm)?.toSorted()).toEqual(published.toSorted());
    for (const path of ['/metrics', '/livez', '/readyz', '/stub_status', '/healthz']) {
      expect({ path, status: (await fetch(stack.url + path)).status }).toEqual({ path, status: 404 });
    }
    const scrape = `console.log(await (await fetch('http://127.0.0.1:9464/metrics')).text())`;
    expect(await stack.evaluate((await stack.replicas())[0] as string, scrape)).toContain('fanfare_build_info');
  });

  tlsTests(() => stack);
  guardedTests(() => stack);
});
