// Load tests, tested: k6 with streams is built, its own tests pass, and a short run through nginx judges a sound cluster
// to be sound, with the very counts that the servers have.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildK6, K6 } from '../load/build.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { metric } from './support/replica.ts';
import { describeWith } from './support/tools.ts';

const LOAD = fileURLToPath(new URL('../load', import.meta.url));
// The first build takes k6 apart into all of its packages.
const BUILD_MS = 900_000;
const RUN_MS = 120_000;

const run = promisify(execFile);

interface Summary {
  readonly metrics: Readonly<Record<string, { readonly count: number; readonly thresholds?: Record<string, boolean> }>>;
}

describeWith(['go'], 'k6 with streams', () => {
  test('its own tests pass, and no goroutine races another', { timeout: BUILD_MS }, async () => {
    const { stdout } = await run('go', ['test', '-race', './...'], { cwd: join(LOAD, 'k6') });
    expect(stdout).toMatch(/^ok\s+\S+\/sse\b/m);
  });
});

describeWith(['redis-server', 'nginx', 'go'], 'a load test of three replicas behind nginx', () => {
  let redis: RedisServer;
  let cluster: Cluster;
  let results: string;

  beforeAll(async () => {
    buildK6();
    redis = await startRedis();
    cluster = await startCluster({ REDIS_URL: redis.url });
    results = await mkdtemp(join(tmpdir(), 'fanfare-load-'));
  }, BUILD_MS);

  afterAll(async () => {
    await cluster?.stop();
    await redis?.end();
    if (results !== undefined) await rm(results, { recursive: true });
  });

  /** Runs a scenario. @throws where k6 does not exit with 0: a threshold was crossed */
  async function load(scenario: string, settings: Readonly<Record<string, string>>): Promise<Summary> {
    // Nothing listens there: this run is not for anybody's dashboard.
    const where = { TARGET: cluster.url, PROMETHEUS: 'http://127.0.0.1:1', K6, SCENARIOS: LOAD, RESULTS: results };
    await run(join(LOAD, 'k6/run'), [scenario, '--quiet'], { env: { ...process.env, ...where, ...settings } });
    return JSON.parse(await readFile(join(results, `${scenario}.json`), 'utf8')) as Summary;
  }

  async function delivered(): Promise<number> {
    const live = cluster.replicas.map((replica) => metric(replica, 'fanfare_events_delivered_total'));
    const replayed = cluster.replicas.map((replica) => metric(replica, 'fanfare_replayed_events_total'));
    return (await Promise.all([...live, ...replayed])).reduce((sum, value) => sum + value, 0);
  }

  test('P8, R1, S6: smoke passes, and its clients received what the servers delivered', {
    timeout: RUN_MS,
  }, async () => {
    const before = await delivered();
    const { metrics } = await load('smoke', { STREAMS: '60', RATE: '50', SECONDS: '5' });
    const { sse_events: events, messages_published: published } = metrics;
    expect(published?.count).toBeGreaterThan(200);
    // Three channels, so a third of the streams for each message.
    expect(events?.count).toBe((published?.count ?? 0) * 20);
    expect(events?.count).toBe((await delivered()) - before);
  });

  test('R2: churn passes: streams come and go, and those that stay miss nothing', { timeout: RUN_MS }, async () => {
    const { metrics } = await load('churn', { STREAMS: '50', CONNECTS: '100', SECONDS: '4' });
    expect(metrics['sse_connect']).toBeDefined();
    expect(metrics['undelivered']?.count).toBe(0);
  });

  test('R3: a run fails where a threshold is crossed, and k6 says which', { timeout: RUN_MS }, async () => {
    // More than anybody delivers.
    const failed = load('fanout', { STREAMS: '10', RATES: '10', SECONDS: '1', LEAST: '1000000000' });
    await expect(failed).rejects.toThrow(/fanout_knee/);
  });
});
