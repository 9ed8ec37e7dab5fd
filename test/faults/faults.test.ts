// The contract under faults: three replicas, nginx and Redis under a steady load, and one fault after another. After
// each everybody is at the tip again, and the checker finds nothing. Then comes chaos, over the same cluster.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../support/tools.ts';
import { browserReader } from './browser-reader.ts';
import { chaos } from './chaos.ts';
import { Lab, type Round } from './cluster-under-fault.ts';
import { faultsOf } from './fault-list.ts';
import type { NamedFault } from './named-fault.ts';
import { printedSeed, randomFrom } from './random.ts';
import { Tally } from './tally.ts';

const random = randomFrom(printedSeed());
const WORKLOAD = { random, subscribers: 200, restless: 20, perSecond: 200, witness: browserReader };
const RECOVERY_MS = 10_000;
const LIMIT_MS = 150_000;
const CHAOS_MINUTES = 2;

// `npm run faults` has time for those that last.
const tried = ({ long }: NamedFault) => process.env['FAULTS'] === 'all' || !long;
const DURABLE = faultsOf({ durable: true }).filter(tried);
const FORGETFUL = faultsOf({ durable: false }).filter(({ only }) => only !== undefined);

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

function tryEach(faults: readonly NamedFault[], lab: () => Lab): void {
  for (const fault of faults) {
    const title = `${fault.rule}: ${fault.name} (${fault.loses ? 'one reset each' : '0 resets'})`;
    test(title, { timeout: LIMIT_MS }, async () => {
      await fault.run(lab());
      const round = await lab().settle();
      expectExact(round);
      expectResets(round, fault.loses ? ['lost'] : []);
      if (!fault.failsSends) expect(round.failures).toEqual([]);
      if (fault.refuses) expect(round.failures.join()).toContain('503');
      expect(round.slowestMs).toBeLessThan(fault.answersWithinMs ?? LIMIT_MS);
      expect(round.recoveryMs).toBeLessThan(fault.recoversWithinMs ?? RECOVERY_MS);
    });
  }
}

describeWith(['redis-server', 'nginx', 'chromium'], 'a cluster with a durable Redis', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.start({ ...WORKLOAD, durable: true });
    await lab.settle();
  });

  afterAll(() => lab?.stop());

  tryEach(DURABLE, () => lab);

  test('R3: two minutes of several faults at a time leave no silent gap', {
    timeout: CHAOS_MINUTES * 60_000 + LIMIT_MS,
  }, async () => {
    const tally = new Tally();
    await chaos(lab, DURABLE, CHAOS_MINUTES, tally);
    tally.print(`Chaos for ${CHAOS_MINUTES} minutes`);
    expect(tally.complaints).toEqual([]);
  });

  test('R2: after all of it the replicas hold no stream, timer, socket or file', { timeout: LIMIT_MS }, async () => {
    await lab.leave();
    for (const { process } of lab.servers.replicas) expect(process.stderr).toBe('');
  });
});

describeWith(['redis-server', 'nginx', 'chromium'], 'a cluster with a Redis that forgets', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.start({ ...WORKLOAD, durable: false });
    await lab.settle();
  });

  afterAll(() => lab?.stop());

  tryEach(FORGETFUL, () => lab);
});
