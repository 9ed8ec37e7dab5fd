// A replica as a process that requests at random are sent to: afterwards it has nothing to complain of, and holds no more
// than before.

import { expect, onTestFinished } from 'vitest';
import type { Environment } from '../../src/settings.ts';
import { metric, ReplicaProcess } from './replica.ts';
import { until } from './until.ts';

// What V8 may not have collected yet, and connections that are kept.
const SPARE_BYTES = 100_000_000;
const SPARE_FILES = 10;

export interface FuzzedReplica {
  readonly url: string;
  readonly metricsUrl: string;
  expectUnharmed(): Promise<void>;
}

export async function startFuzzed(env: Environment): Promise<FuzzedReplica> {
  const replica = new ReplicaProcess({ TRUST_PROXY: 'true', HEARTBEAT_MS: '3600000', ...env });
  onTestFinished(() => replica.stop());
  const { url, metricsUrl } = await replica.addresses();
  await until('the replica is ready', async () => (await fetch(`${url}/readyz`)).ok);
  const files = () => metric({ metricsUrl }, 'process_open_fds');
  const memory = () => metric({ metricsUrl }, 'process_resident_memory_bytes');
  const before = { files: await files(), memory: await memory() };

  async function expectUnharmed(): Promise<void> {
    await until('connections are let go', async () => (await files()) < before.files + SPARE_FILES);
    expect(await memory()).toBeLessThan(before.memory + SPARE_BYTES);
    expect(replica.logged.filter(({ level }) => Number(level) >= 40)).toEqual([]);
    expect(replica.stderr).toBe('');
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  }
  return { url, metricsUrl, expectUnharmed };
}
