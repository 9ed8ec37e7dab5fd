// Faults of Redis itself: killed, frozen, slow to start, and forgetting.

import { Redis } from 'ioredis';
import { until } from '../support/until.ts';
import type { Lab } from './cluster-under-fault.ts';
import { lasting, type NamedFault, onLines } from './named-fault.ts';
import { shareRedis } from './neighbours.ts';
import { LabReplica } from './servers.ts';
import { LOG } from './trim-faults.ts';

export const REDIS_FAULTS: readonly NamedFault[] = [
  {
    rule: 'R6',
    name: 'Redis is killed and comes back with all that it acknowledged',
    strikes: 'redis',
    only: 'durable',
    failsSends: true,
    run: async ({ servers: { redis } }) => {
      await redis.kill();
      await redis.start();
    },
  },
  {
    rule: 'R6',
    name: 'Redis is killed and is slow to start again',
    strikes: 'redis',
    only: 'durable',
    failsSends: true,
    run: startSlowly,
  },
  {
    rule: 'R6',
    name: 'Redis is killed and comes back empty',
    strikes: 'redis',
    only: 'forgetful',
    loses: true,
    failsSends: true,
    run: async ({ servers: { redis } }) => {
      // What an earlier fault may have saved.
      await redis.forget();
      await redis.kill();
      await redis.start();
    },
  },
  {
    rule: 'R6',
    name: 'Redis is killed and comes back from an older file, and new messages pass the old top',
    strikes: 'redis',
    only: 'forgetful',
    loses: true,
    failsSends: true,
    run: async ({ servers: { redis } }) => {
      await redis.client.save();
      await lasting(1_000);
      await redis.kill();
      await redis.start();
      await lasting(1_000);
    },
  },
  {
    rule: 'R6',
    name: 'Redis is killed and forgets a message that was acknowledged and that nobody has seen',
    strikes: 'redis',
    only: 'forgetful',
    alone: true,
    loses: true,
    failsSends: true,
    run: (lab) => lab.quietly(() => forgetUnseen(lab)),
  },
  {
    rule: 'P5',
    name: 'Redis is frozen for 5 s',
    strikes: 'redis',
    failsSends: true,
    refuses: true,
    run: (lab) => freeze(lab, 5_000),
  },
  {
    rule: 'P5',
    name: 'Redis is frozen for 30 s',
    strikes: 'redis',
    failsSends: true,
    refuses: true,
    long: true,
    run: (lab) => freeze(lab, 30_000),
  },
  {
    rule: 'P5',
    name: 'Redis answers no client for 2 s',
    strikes: 'redis',
    failsSends: true,
    refuses: true,
    run: async ({ servers: { redis } }) => {
      await redis.client.client('PAUSE', 2_000, 'ALL');
      await redis.client.ping();
    },
  },
  {
    rule: 'R3',
    name: 'Redis forgets its scripts',
    strikes: 'redis',
    run: async ({ servers: { redis } }) => {
      await redis.client.script('FLUSH');
      await lasting(1_000);
    },
  },
  {
    rule: 'R3',
    name: 'the log is deleted',
    strikes: 'redis',
    loses: true,
    run: async ({ servers: { redis } }) => {
      await redis.client.del(LOG);
      await lasting(1_000);
    },
  },
  {
    rule: 'R3',
    name: 'Redis forgets everything',
    strikes: 'redis',
    loses: true,
    run: async ({ servers: { redis } }) => {
      await redis.client.flushall();
      await lasting(1_000);
    },
  },
  { rule: 'S6', name: 'two other deployments share the Redis', strikes: 'redis', run: shareRedis },
];

async function freeze({ servers: { redis } }: Lab, ms: number): Promise<void> {
  redis.pause();
  try {
    await lasting(ms);
  } finally {
    redis.resume();
  }
}

/** While it loads its file Redis accepts connections and refuses commands. */
async function startSlowly({ servers: { redis } }: Lab): Promise<void> {
  // While it loads, Redis looks at its clients once in a thousand commands.
  const ballast = redis.client.pipeline();
  for (let count = 0; count < 4_000; count += 1) ballast.set('ballast', count);
  await ballast.exec();
  await redis.kill();
  const started = redis.start(['--key-load-delay', '500']);
  const client = new Redis(redis.url, { enableReadyCheck: false, retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  try {
    await until('Redis is loading', async () => (await client.info('persistence')).includes('\nloading:1'));
    await lasting(3_000);
    await client.config('SET', 'key-load-delay', 0);
    await started;
  } finally {
    client.disconnect();
  }
}

/**
 * Nothing reaches the replicas of the cluster any more when another one publishes: the log that comes back is the one
 * that they know, and only Redis itself can tell that there was more.
 */
async function forgetUnseen(lab: Lab): Promise<void> {
  const { readers, sender, servers } = lab;
  const { redis, replicas } = servers;
  const witness = await LabReplica.start('unseen', redis.port, { REDIS_DURABLE: 'false' });
  try {
    await redis.client.save();
    await onLines(replicas, { faults: { blackHole: true } }, async () => {
      const before = readers.map(({ log }) => log.seen.length);
      const outcome = await sender.send(['channel 0'], witness.url);
      if (outcome.status !== 'acknowledged') throw new Error('it was not acknowledged');
      await redis.kill();
      if (readers.some(({ log }, index) => log.seen.slice(before[index]).some(({ kind }) => kind === 'message')))
        throw new Error('somebody saw it');
    });
    for (const { line } of replicas) line.reset();
  } finally {
    await witness.kill();
  }
  await redis.start();
}
