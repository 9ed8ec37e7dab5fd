// The metrics page against the catalogue that dashboards and rules are built from, and what each number says after real
// traffic.

import { expect, test } from 'vitest';
import { COUNTERS, GAUGES, HISTOGRAMS, type Metric, OTHERS, PROCESS, USUAL_ANSWERS } from '../src/metric-catalogue.ts';
import { onEachBus } from './support/bracket.ts';
import { publish, publishMany } from './support/publisher.ts';
import { metric, metricsOf } from './support/replica.ts';
import { until } from './support/until.ts';

const CATALOGUE: readonly Metric[] = [COUNTERS, GAUGES, HISTOGRAMS, OTHERS].flatMap((group) => Object.values(group));

/** The names of all metrics on a page. */
function namesOn(page: string): readonly string[] {
  return [...page.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name as string);
}

/** All combinations of the values of these labels, as a page writes them. */
function combinations(labels: Metric['labels']): readonly string[] {
  let all = [''];
  for (const [label, values] of Object.entries(labels))
    all = all.flatMap((before) => values.map((value) => `${before && `${before},`}${label}="${value}"`));
  return all;
}

onEachBus('Metrics', (bracket) => {
  test('Metrics: the page has all that the catalogue names, and nothing else of ours', async () => {
    const page = await metricsOf(await bracket.start());
    const names = namesOn(page);
    const ours = names.filter((name) => /^(fanfare|http)_/.test(name));
    expect([...ours].sort()).toEqual(CATALOGUE.map(({ name }) => name).sort());
    for (const name of Object.values(PROCESS)) expect(names).toContain(name);
    expect(names.filter((name) => /^nodejs_active_\w+_total$/.test(name))).toEqual([]);
  });

  test('Metrics: a counter is there before it first counts, for every value of its labels', async () => {
    const page = await metricsOf(await bracket.start());
    for (const { name, labels } of Object.values(COUNTERS)) {
      const found = [...page.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? `, 'gm'))].map(([, written = '']) => written);
      expect({ name, found: found.sort() }).toEqual({ name, found: [...combinations(labels)].sort() });
    }
  });

  test('Metrics: the usual answers are there before the first one, and whatever is asked, labels are from the lists', async () => {
    const replica = await bracket.start();
    const { name, labels } = OTHERS.requests;
    const duration = OTHERS.requestDuration.name;
    const usual = USUAL_ANSWERS.flatMap(([method, route, classes]) =>
      classes.map((code_class) => `method="${method}",route="${route}",code_class="${code_class}"`),
    );
    const page = await metricsOf(replica);
    for (const answer of usual) {
      expect(page).toMatch(`\n${name}{${answer}} `);
      expect(page).toMatch(`\n${duration}_count{${answer}} `);
    }
    for (const path of ['/', '/elsewhere', '/send', '/stream?channel=', '/readyz', '/favicon.svg', '/%zz']) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'PROPFIND'])
        await (await fetch(replica.url + path, { method })).body?.cancel();
    }
    const lines = [...(await metricsOf(replica)).matchAll(new RegExp(`^${name}\\{(.*)\\} `, 'gm'))];
    const possible = combinations(labels);
    expect(lines.map(([, written = '']) => written).filter((written) => !possible.includes(written))).toEqual([]);
    expect(await metric(replica, `${name}{method="other",route="none",code_class="4xx"}`)).toBeGreaterThan(0);
    expect(await metric(replica, `${name}{method="GET",route="/stream",code_class="4xx"}`)).toBe(1);
  });

  test('Metrics: streams, their channels and how they began are counted', async () => {
    const replica = await bracket.start({ MAX_CONNECTIONS: '7' });
    expect(await metric(replica, 'fanfare_streams_limit')).toBe(7);
    const first = await bracket.subscribed(replica.url, 'channel=a&channel=b');
    await bracket.subscribed(replica.url, 'channel=a');
    await until('both are live', async () => (await metric(replica, 'fanfare_subscriptions')) === 3);
    expect(await metric(replica, 'fanfare_channels')).toBe(2);
    expect(await metric(replica, 'fanfare_stream_setup_seconds_count')).toBe(2);
    expect(await metric(replica, 'fanfare_stream_setup_seconds_bucket{le="5.1"}')).toBe(2);
    first.close();
    await until('one has left', async () => (await metric(replica, 'fanfare_subscriptions')) === 1);
    expect(await metric(replica, 'fanfare_stream_duration_seconds_count')).toBe(1);
  });

  test('Metrics: a message is counted once where it is published and once where it is delivered', async () => {
    const [a, b] = await bracket.pair();
    const subscribers = [await bracket.subscribed(b.url), await bracket.subscribed(b.url)];
    const id = await publish(a.url, { message: 'm' });
    for (const subscriber of subscribers) await subscriber.takeUntil((event) => event.id === id);
    expect(await metric(a, 'fanfare_messages_published_total{result="ok"}')).toBe(1);
    expect(await metric(a, 'fanfare_publish_duration_seconds_count')).toBe(1);
    expect(await metric(b, 'fanfare_events_delivered_total')).toBe(2);
    expect(await metric(b, 'fanfare_delivery_latency_seconds_count')).toBe(1);
    expect(await metric(b, 'fanfare_fanout_duration_seconds_count')).toBe(1);
  });

  test('Metrics: a message that nobody here listens to is not delivered late or in time', async () => {
    const [a, b] = await bracket.pair();
    const subscriber = await bracket.subscribed(b.url, 'channel=heard');
    await publish(a.url, { message: 'm', channel: 'unheard' });
    const id = await publish(a.url, { message: 'm', channel: 'heard' });
    await subscriber.takeUntil((event) => event.id === id);
    expect(await metric(b, 'fanfare_events_delivered_total')).toBe(1);
    expect(await metric(b, 'fanfare_delivery_latency_seconds_count')).toBe(1);
  });

  test('Metrics: what the log holds is known, and how far back it goes', async () => {
    const replica = await bracket.start({ HISTORY_SIZE: '50', HISTORY_BYTES: '100000' });
    expect(await metric(replica, 'fanfare_log_messages_limit')).toBe(50);
    expect(await metric(replica, 'fanfare_log_bytes_limit')).toBe(100_000);
    // The break that every log begins with.
    await until('the log is known', async () => (await metric(replica, 'fanfare_log_messages')) === 1);
    await publishMany(replica.url, 30, 'messages');
    await until('the log has grown', async () => (await metric(replica, 'fanfare_log_messages')) === 31);
    const bytes = await metric(replica, 'fanfare_log_bytes');
    expect(bytes).toBeGreaterThan(30 * 'data: messages 1\n\n'.length);
    const age = await metric(replica, 'fanfare_log_oldest_age_seconds');
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThan(60);
    await publishMany(replica.url, 60, 'messages');
    await until('the log is full', async () => (await metric(replica, 'fanfare_log_messages')) === 50);
    expect(await metric(replica, 'fanfare_log_oldest_age_seconds')).toBeLessThanOrEqual(age + 60);
  });

  test('Metrics: the sweep that heartbeats hang on tells how late it is', async () => {
    const replica = await bracket.start();
    const swept = 'fanfare_heartbeat_lag_seconds_count';
    await until('it sweeps', async () => (await metric(replica, swept)) > 0);
  });

  test('Metrics: heartbeats are counted, one for each stream', async () => {
    const replica = await bracket.start({ HEARTBEAT_MS: '500' });
    const subscribers = await Promise.all([1, 2, 3].map(() => bracket.subscribed(replica.url)));
    for (const subscriber of subscribers) await subscriber.takeUntil(({ event }) => event === 'fanfare:heartbeat');
    const seen = subscribers.reduce((sum, { text }) => sum + text.split('fanfare:heartbeat').length - 1, 0);
    expect(seen).toBeGreaterThanOrEqual(3);
    expect(await metric(replica, 'fanfare_heartbeats_total')).toBeGreaterThanOrEqual(seen);
  });

  test('Metrics: both connections to the bus are up, and it is heard', async () => {
    const replica = await bracket.start();
    for (const role of ['commands', 'subscription'])
      expect(await metric(replica, `fanfare_bus_up{role="${role}"}`)).toBe(1);
    expect(await metric(replica, 'fanfare_bus_silence_seconds')).toBeLessThan(10);
  });
});
