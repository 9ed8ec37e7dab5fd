// What an operator sees on the stack that users start: Prometheus finds every replica, a killed one is noticed, and after
// real traffic and real faults every rule and every panel's query finds its series.

import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { panelQueries } from '../deploy/grafana/panel-queries.ts';
import { query } from '../deploy/grafana/prometheus.ts';
import { firing, type Rule, rules, targets } from './support/alerts.ts';
import { Audience } from './support/cluster.ts';
import { ComposeStack } from './support/compose.ts';
import { selectorsIn } from './support/promql.ts';
import { postForm, publish } from './support/publisher.ts';
import { Subscriber } from './support/subscriber.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

// Soon after a fault; scrapes and evaluations come every 5 s.
const SEEN_MS = 60_000;
const LOST_MS = 90_000;
const LIMIT_MS = 240_000;

describeWith(['docker'], 'docker compose, watched', () => {
  let stack: ComposeStack;
  let audience: Audience;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    stack = await ComposeStack.start('watch', { RETRY_MS: '200', DRAIN_MS: '500', SLOW_CLIENT_BYTES: '65536' });
    audience = new Audience(stack.url);
  }, 200_000);

  afterAll(async () => {
    audience?.close();
    for (const socket of sockets) socket.destroy();
    await stack?.end();
  }, 60_000);

  const value = async (expr: string) => (await query(stack.prometheusUrl, expr))[0]?.value ?? 0;

  /** Asks nginx for a stream and reads none of it. */
  function openSlow(channel: string): void {
    const { hostname, port } = new URL(stack.url);
    const socket = connect(Number(port), hostname).pause();
    socket.on('error', () => undefined);
    socket.write(`GET /stream?channel=${channel} HTTP/1.1\r\nHost: slow\r\n\r\n`);
    sockets.push(socket);
  }

  /** Streams that come back with new and old cursors, requests that are refused, a reader that does not read. */
  async function useIt(): Promise<void> {
    for (let count = 0; count < 9; count += 1) await audience.open('watched');
    const cursor = await publish(stack.url, { channel: 'watched', message: 'first' });
    for (const query of [`lastEventId=${cursor}`, 'lastEventId=earliest', 'lastEventId=nonsense', 'last=5'])
      (await Subscriber.open(stack.url, { query: `channel=watched&${query}` })).close();
    await postForm(stack.url, 'message=');
    await postForm(stack.url, 'channel=%00');
    openSlow('flood');
    const bulk = Array.from({ length: 20 }, () => ({ channel: 'flood', message: 'x'.repeat(50_000) }));
    await until(
      'the slow reader is cut',
      async () => {
        await publish(stack.url, bulk[0] as object);
        return (await value('sum(fanfare_streams_closed_total{reason="slow"})')) > 0;
      },
      SEEN_MS,
    );
  }

  const allUp = (count: number) =>
    until(
      `${count} replicas and the other targets are up`,
      async () => {
        const all = await targets(stack.prometheusUrl);
        return (
          all.every(({ health }) => health === 'up') &&
          all.filter(({ labels }) => labels['job'] === 'fanfare').length === count
        );
      },
      SEEN_MS,
    );

  test('Prometheus: every replica is found and up, and so is what else there is', { timeout: LIMIT_MS }, async () => {
    await allUp(3);
    const jobs = (await targets(stack.prometheusUrl)).map(({ labels }) => labels['job']);
    expect(jobs.toSorted()).toEqual(['fanfare', 'fanfare', 'fanfare', 'nginx', 'prometheus', 'redis']);
  });

  test('Grafana: it answers, and without a login', async () => {
    expect((await fetch(`${stack.grafanaUrl}/api/health`)).status).toBe(200);
  });

  test('Prometheus: streams that come back and a slow reader are seen', { timeout: LIMIT_MS }, useIt);

  test('Prometheus: --scale is followed, and a killed replica raises ReplicaLost within 90 s', {
    timeout: LIMIT_MS,
  }, async () => {
    await stack.compose('up', '--detach', '--no-recreate', '--wait', '--scale', 'app=5');
    await allUp(5);
    // The alert compares with what the rule has recorded, which is a step behind the scrapes.
    await until('five are recorded', async () => (await value('job:up:sum{job="fanfare"}')) === 5, SEEN_MS);
    expect((await firing(stack.prometheusUrl)).has('ReplicaLost')).toBe(false);
    await stack.docker('kill', (await stack.replicas())[0] as string);
    await until('ReplicaLost fires', async () => (await firing(stack.prometheusUrl)).has('ReplicaLost'), LOST_MS);
  });

  test('Prometheus: a restart of Redis is seen by the resets that it costs', { timeout: LIMIT_MS }, async () => {
    await stack.compose('restart', 'redis');
    await until(
      'the resets are seen',
      async () => (await value('sum(fanfare_resets_total{reason="lost"})')) > 0,
      SEEN_MS,
    );
  });

  test('Prometheus: after all of it every rule and every panel finds its series', {
    timeout: LIMIT_MS,
  }, async () => {
    const empty = async () => [...(await rulesWithoutSeries()), ...(await panelsWithoutSeries())];
    let left = await empty();
    // Rates need some scrapes, and quantiles some messages.
    await until(
      'every query has a series',
      async () => {
        await publish(stack.url, { channel: 'watched', message: 'again' });
        left = await empty();
        return left.length === 0;
      },
      SEEN_MS,
    ).catch(() => expect(left).toEqual([]));
  });

  /** Recording rules without a result, and alerts that ask for what does not exist. */
  async function rulesWithoutSeries(): Promise<readonly string[]> {
    const all = await rules(stack.prometheusUrl);
    expect(all.filter(({ health }) => health === 'err')).toEqual([]);
    const asked = ({ type, query }: Rule) =>
      type === 'recording' ? [query] : selectorsIn(query).map(({ text }) => text);
    const pairs = all.flatMap((rule) => asked(rule).map((expr) => ({ name: `rule ${rule.name}: ${expr}`, expr })));
    return withoutSeries(pairs);
  }

  async function panelsWithoutSeries(): Promise<readonly string[]> {
    const owed = panelQueries().filter(({ mayBeEmpty }) => mayBeEmpty === undefined);
    expect(owed.length).toBeGreaterThan(50);
    return withoutSeries(owed.map(({ dashboard, panel, expr }) => ({ name: `${dashboard}, ${panel}: ${expr}`, expr })));
  }

  async function withoutSeries(queries: readonly { name: string; expr: string }[]): Promise<readonly string[]> {
    const answers = await Promise.all(queries.map(({ expr }) => query(stack.prometheusUrl, expr)));
    return queries.filter((_, index) => answers[index]?.length === 0).map(({ name }) => name);
  }

  test('Prometheus: what may be empty is asked for without an error', async () => {
    const excused = panelQueries().filter(({ mayBeEmpty }) => mayBeEmpty !== undefined);
    for (const { expr } of excused) await query(stack.prometheusUrl, expr);
  });
});
