// Alerts on real faults: the deployed rules in a real Prometheus, over a cluster that really ails. An alert has to come
// when its fault does, and to go when it is over; the subscribers are judged at the end as after any other fault.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { firing, rules, targets } from '../support/alerts.ts';
import { type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { describeWith } from '../support/tools.ts';
import { until } from '../support/until.ts';
import { CLIENT_FAULTS } from './client-faults.ts';
import { Lab } from './cluster-under-fault.ts';
import { onLines } from './named-fault.ts';
import { printedSeed, randomFrom } from './random.ts';
import { isPubSubMessage } from './resp.ts';

const WORKLOAD = { subscribers: 60, restless: 6, perSecond: 40, durable: false };
// The longest `for`, and some scrapes and evaluations.
const FIRES_MS = 90_000;
const LIMIT_MS = 240_000;

describeWith(['redis-server', 'nginx', 'prometheus'], 'alerts on real faults', () => {
  let lab: Lab;
  let prometheus: Prometheus;

  beforeAll(async () => {
    lab = await Lab.start({ ...WORKLOAD, random: randomFrom(printedSeed()) });
    prometheus = await startPrometheus(lab.servers.replicas.map(({ metricsUrl }) => metricsUrl));
    await until('every target is up', async () => {
      const all = await targets(prometheus.url);
      return all.length === 4 && all.every(({ health }) => health === 'up');
    });
  });

  afterAll(async () => {
    await prometheus?.stop();
    await lab?.stop();
  });

  const fires = (name: string) =>
    until(`${name} fires`, async () => (await firing(prometheus.url)).has(name), FIRES_MS);
  const isSilent = (name: string) =>
    until(`${name} is silent again`, async () => !(await firing(prometheus.url)).has(name), FIRES_MS);

  test('Alerts: on a healthy cluster every rule is evaluated, and none fires but for what is not here', async () => {
    await until('every rule has been evaluated', async () =>
      (await rules(prometheus.url)).every(({ health }) => health !== 'unknown'),
    );
    const failed = (await rules(prometheus.url)).filter(({ health }) => health !== 'ok');
    expect(failed).toEqual([]);
    expect([...(await firing(prometheus.url))].filter((name) => name !== 'TargetMissing')).toEqual([]);
  });

  test('Alerts: DeafReplica fires where a replica hears nothing although Redis answers it', {
    timeout: LIMIT_MS,
  }, async () => {
    const filter = (reply: Buffer) => (isPubSubMessage(reply) ? 'swallow' : 'pass');
    await onLines([lab.servers.replicas[1]], { filter }, () => fires('DeafReplica'));
    expect((await firing(prometheus.url)).has('BusDown')).toBe(false);
    await isSilent('DeafReplica');
  });

  test('Alerts: ReplicaLost fires where a replica is killed', { timeout: LIMIT_MS }, async () => {
    const [replica] = lab.servers.replicas;
    await replica.kill();
    await fires('ReplicaLost');
    await replica.start();
    await isSilent('ReplicaLost');
  });

  test('Alerts: SlowConsumers fires where many readers stop reading', { timeout: LIMIT_MS }, async () => {
    const stopReading = CLIENT_FAULTS.find(({ rule }) => rule === 'R7');
    await stopReading?.run(lab);
    await fires('SlowConsumers');
  });

  test('Alerts: BusDown fires where Redis is away, and StreamResets when it has forgotten', {
    timeout: LIMIT_MS,
  }, async () => {
    const { redis } = lab.servers;
    await redis.kill();
    await fires('BusDown');
    await redis.start();
    await fires('StreamResets');
    await isSilent('BusDown');
  });

  test('R3: after all of it every subscriber is at the tip, and was told what Redis lost', {
    timeout: LIMIT_MS,
  }, async () => {
    const { violations, resets } = await lab.settle();
    expect(violations).toEqual([]);
    expect(resets.filter((reasons) => reasons.join() !== 'lost')).toEqual([]);
  });
});
