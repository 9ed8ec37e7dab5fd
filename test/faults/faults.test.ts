// The contract under faults: three replicas, nginx and Redis under a steady load, and one fault after another. After
// each everybody is at the tip again, and the checker finds nothing.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { metric } from '../support/replica.ts';
import { describeWith } from '../support/tools.ts';
import { until } from '../support/until.ts';
import { Lab, type Round } from './cluster-under-fault.ts';
import { FAULTS } from './fault-list.ts';
import { printedSeed, randomFrom } from './random.ts';
import { killRedis } from './redis-faults.ts';

const WORKLOAD = { subscribers: 200, restless: 20, perSecond: 200 };
const RECOVERY_MS = 10_000;
const LIMIT_MS = 60_000;

const random = randomFrom(printedSeed());

function expectExact({ violations, finals, recoveryMs, sent, delivered }: Round): void {
  expect(violations).toEqual([]);
  expect(finals).toEqual([]);
  expect(recoveryMs).toBeLessThan(RECOVERY_MS);
  expect(sent).toBeGreaterThan(0);
  expect(delivered).toBeGreaterThan(0);
}

function expectResets({ resets }: Round, each: readonly string[]): void {
  expect(resets.filter((reasons) => reasons.join() !== each.join())).toEqual([]);
}

describeWith(['redis-server', 'nginx'], 'a cluster with a durable Redis', () => {
  let lab: Lab;
  let files: readonly number[];
  const openFiles = () => Promise.all(lab.servers.replicas.map((replica) => metric(replica, 'process_open_fds')));

  beforeAll(async () => {
    lab = await Lab.start(random, { ...WORKLOAD, durable: true });
    await lab.settle();
    files = await openFiles();
  });

  afterAll(() => lab?.stop());

  for (const fault of FAULTS) {
    const title = `${fault.rule}: ${fault.name} (${fault.loses ? 'one reset each' : '0 resets'})`;
    test(title, { timeout: LIMIT_MS }, async () => {
      await fault.run(lab);
      const round = await lab.settle();
      expectExact(round);
      expectResets(round, fault.loses ? ['lost'] : []);
      if (!fault.failsSends) expect(round.failures).toEqual([]);
    });
  }

  test('R2: after all faults nothing is left open in the replicas', { timeout: LIMIT_MS }, async () => {
    await lab.leave();
    const most = Math.max(...files) - 1;
    await until('files are closed', async () => (await openFiles()).every((open) => open <= most));
  });
});

describeWith(['redis-server', 'nginx'], 'a cluster with a Redis that forgets', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.start(random, { ...WORKLOAD, durable: false });
  });

  afterAll(() => lab?.stop());

  test('R6: Redis is killed and comes back empty (one reset each)', { timeout: LIMIT_MS }, async () => {
    await lab.settle();
    await killRedis(lab);
    const round = await lab.settle();
    expectExact(round);
    expectResets(round, ['lost']);
  });

  test('R6: Redis is killed and comes back from an older file (one reset each)', { timeout: LIMIT_MS }, async () => {
    await lab.servers.redis.client.save();
    await lab.settle();
    await killRedis(lab);
    const round = await lab.settle();
    expectExact(round);
    expectResets(round, ['lost']);
  });
});
