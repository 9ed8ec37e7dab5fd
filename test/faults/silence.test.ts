// Ten thousand clients that send nothing: they cost little, hold up nobody, and are all given up.

import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { children, residentKb } from '../../load/bench/processes.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { metric } from '../support/replica.ts';
import { describeWith } from '../support/tools.ts';
import { until } from '../support/until.ts';
import { Crowd } from './crowd.ts';
import { bystander, expectServed, startHasty, startHastyNginx } from './hasty.ts';

const MANY = 10_000;
const ROUNDS = 10;
const LIMIT_MS = 60_000;
// What a connection that has said nothing may take: a socket and its handle, and no parser, in a replica.
const REPLICA_BYTES = 8_000;
const NGINX_BYTES = 2_500;

let redis: RedisServer;

async function openCrowd(url: string): Promise<Crowd> {
  const crowd = await Crowd.open(url, { count: MANY });
  onTestFinished(() => crowd.close());
  return crowd;
}

describeWith(['redis-server', 'nginx'], 'Silence', () => {
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(() => redis.end());

  test('P7, S6: 10,000 connections that send nothing to a replica take little, hold up nobody, and are told so', {
    timeout: LIMIT_MS,
  }, async () => {
    const replica = await startHasty({ headersTimeout: 6_000 }, { REDIS_URL: redis.url });
    const files = () => metric(replica, 'process_open_fds');
    const memory = () => metric(replica, 'process_resident_memory_bytes');
    const stream = await bystander(replica.url);
    const before = await memory();
    const crowd = await openCrowd(replica.url);
    expect(await files()).toBeGreaterThan(MANY);
    for (let round = 0; round < ROUNDS; round += 1) await expectServed(replica.url, stream);
    expect(((await memory()) - before) / MANY).toBeLessThan(REPLICA_BYTES);
    expect(crowd.ended).toBe(0);
    await crowd.allEnded();
    expect(crowd.told).toMatch(/^HTTP\/1\.1 408 .*application\/problem\+json/s);
    await expectServed(replica.url, stream);
    await until('the replica has let go of them', async () => (await files()) < 100);
  });

  test('P7, S6: 10,000 connections that send nothing to nginx take little, hold up nobody, and are ended', {
    timeout: LIMIT_MS,
  }, async () => {
    const replica = await startHasty({}, { REDIS_URL: redis.url });
    const nginx = await startHastyNginx(replica, 6);
    const stream = await bystander(nginx.url);
    const workers = children(nginx.pid);
    const before = residentKb(workers);
    const crowd = await openCrowd(nginx.url);
    for (let round = 0; round < ROUNDS; round += 1) await expectServed(nginx.url, stream);
    expect(((residentKb(workers) - before) * 1_024) / MANY).toBeLessThan(NGINX_BYTES);
    // They are nginx's alone.
    expect(await metric(replica, 'process_open_fds')).toBeLessThan(100);
    expect(crowd.ended).toBe(0);
    await crowd.allEnded();
    await expectServed(nginx.url, stream);
  });
});
