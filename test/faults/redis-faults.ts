// Faults of Redis itself: killed, frozen, full, and forgetting. Times in here are how long a fault lasts; nothing waits
// by them.

import { setTimeout as lasting } from 'node:timers/promises';
import type { Lab } from './cluster-under-fault.ts';
import type { NamedFault } from './named-fault.ts';

export const REDIS_FAULTS: readonly NamedFault[] = [
  {
    rule: 'R6',
    name: 'Redis is killed and comes back with all that it acknowledged',
    failsSends: true,
    run: async (lab) => killRedis(lab),
  },
  { rule: 'P5', name: 'Redis is frozen for 3 s', failsSends: true, run: freezeRedis },
  {
    rule: 'P5',
    name: 'Redis answers no client for 2 s',
    failsSends: true,
    run: async ({ servers: { redis } }) => {
      await redis.client.client('PAUSE', 2_000, 'ALL');
      await redis.client.ping();
    },
  },
  {
    rule: 'R3',
    name: 'Redis forgets its scripts',
    run: async ({ servers: { redis } }) => {
      await redis.client.script('FLUSH');
      await lasting(1_000);
    },
  },
  {
    rule: 'R3',
    name: 'the log is deleted',
    loses: true,
    run: async ({ servers: { redis } }) => {
      await redis.client.del('fanfare:{0}:log');
      await lasting(1_000);
    },
  },
  {
    rule: 'R3',
    name: 'Redis forgets everything',
    loses: true,
    run: async ({ servers: { redis } }) => {
      await redis.client.flushall();
      await lasting(1_000);
    },
  },
  {
    rule: 'P7',
    name: 'Redis has no memory left for 2 s',
    failsSends: true,
    run: async ({ servers: { redis } }) => {
      await redis.client.config('SET', 'maxmemory', '1');
      await lasting(2_000);
      await redis.client.config('SET', 'maxmemory', '0');
    },
  },
];

/** Ends Redis as a crash does, and starts it again with what its disk holds. */
export async function killRedis({ servers: { redis } }: Lab): Promise<void> {
  const pid = Number(/process_id:(\d+)/.exec(await redis.client.info('server'))?.[1]);
  const gone = redis.stop();
  process.kill(pid, 'SIGKILL');
  await gone;
  await redis.start();
}

async function freezeRedis({ servers: { redis } }: Lab): Promise<void> {
  redis.pause();
  await lasting(3_000);
  redis.resume();
}
