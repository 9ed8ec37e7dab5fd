// Faults of replicas and of nginx: processes that are killed, told to stop, frozen and reloaded.

import { until } from '../support/until.ts';
import { BLOCK_SIGNAL, BLOCKED_MS } from './blockable.ts';
import { lasting, type NamedFault, oneByOne } from './named-fault.ts';
import { isPublished } from './resp.ts';
import type { LabReplica, Servers } from './servers.ts';

// How soon nginx gives a replica up that does not answer, and what busy cores may add.
const NEXT_REPLICA_MS = 3_000;
const BUSY_MS = 1_500;

export const REPLICA_FAULTS: readonly NamedFault[] = [
  {
    rule: 'P8',
    name: 'replicas are killed one after another and come back',
    strikes: 'replicas',
    run: ({ servers }) => oneByOne(servers.replicas, killed),
  },
  {
    rule: 'P8',
    name: 'a replica is killed every 5 s for a minute',
    strikes: 'replicas',
    long: true,
    run: ({ servers }) =>
      oneByOne(
        Array.from({ length: 4 }).flatMap(() => servers.replicas),
        async (replica) => {
          await killed(replica);
          await lasting(4_000);
        },
      ),
  },
  {
    rule: 'R9',
    name: 'replicas are told to stop one after another and come back',
    strikes: 'replicas',
    // Streams are handed to another replica at once, and not sent away for some seconds.
    recoversWithinMs: 3_000,
    run: ({ servers }) =>
      oneByOne(servers.replicas, async (replica) => {
        replica.process.signal('SIGTERM');
        const { code } = await replica.process.exited;
        if (code !== 0) throw new Error(`${replica.name} ended with ${code} instead of 0`);
        if (!replica.process.logged.some(({ msg }) => msg === 'stopped'))
          throw new Error(`${replica.name} did not drain`);
        await replica.start();
      }),
  },
  {
    rule: 'P8',
    name: 'a replica is frozen for 5 s',
    strikes: 'replicas',
    answersWithinMs: NEXT_REPLICA_MS + BUSY_MS,
    run: ({ servers }) => freeze(servers.replicas[0], 5_000),
  },
  {
    rule: 'P8',
    name: 'a replica is frozen for 20 s',
    strikes: 'replicas',
    answersWithinMs: NEXT_REPLICA_MS + BUSY_MS,
    long: true,
    run: ({ servers }) => freeze(servers.replicas[0], 20_000),
  },
  {
    rule: 'P8',
    name: 'two of three replicas are frozen for 8 s',
    strikes: 'replicas',
    answersWithinMs: 2 * NEXT_REPLICA_MS + BUSY_MS,
    run: async ({ servers: { replicas } }) => {
      await Promise.all(replicas.slice(1).map((replica) => freeze(replica, 8_000)));
    },
  },
  {
    rule: 'S5',
    name: 'the event loop of a replica is blocked for 4 s',
    strikes: 'replicas',
    run: async ({ servers: { replicas } }) => {
      replicas[1].process.signal(BLOCK_SIGNAL);
      await lasting(BLOCKED_MS);
    },
  },
  {
    rule: 'R5',
    name: 'all replicas are killed and come back',
    strikes: 'replicas',
    failsSends: true,
    run: async ({ servers: { replicas } }) => {
      await Promise.all(replicas.map((replica) => replica.kill()));
      await Promise.all(replicas.map((replica) => replica.start()));
    },
  },
];

export const NGINX_FAULTS: readonly NamedFault[] = [
  {
    rule: 'R5',
    name: 'nginx is reloaded ten times',
    strikes: 'nginx',
    failsSends: true,
    run: async ({ servers: { nginx } }) => {
      for (let count = 0; count < 10; count += 1) await nginx.reload();
      // They keep their streams for a while; who is cut then comes back through those that are there now.
      await nginx.replaced();
    },
  },
  {
    rule: 'R5',
    name: 'nginx is killed and comes back',
    strikes: 'nginx',
    failsSends: true,
    run: async ({ servers: { nginx } }) => {
      await nginx.kill();
      await lasting(500);
      await nginx.start();
    },
  },
  {
    rule: 'R5',
    name: 'a worker of nginx is killed',
    strikes: 'nginx',
    failsSends: true,
    run: ({ servers: { nginx } }) => nginx.killWorker(),
  },
];

// Other faults may keep publishes from it.
const IN_HAND_MS = 1_000;

/** Where it hurts most: a publish has been carried out, and its answer is lost with the replica. */
async function killed(replica: Servers['replicas'][number]): Promise<void> {
  const { line } = replica;
  const { filter } = line;
  let silent: number | undefined;
  const hold = (reply: Buffer, connection: number) => {
    if (isPublished(reply)) silent ??= connection;
    // Nothing that comes behind it either, or that would be taken for the answer.
    return connection === silent ? 'swallow' : (filter?.(reply, connection) ?? 'pass');
  };
  line.filter = hold;
  await until('it has a publish in hand', () => silent !== undefined, IN_HAND_MS).catch(() => undefined);
  await replica.kill();
  if (line.filter === hold) line.filter = filter;
  await lasting(300);
  await replica.start();
}

async function freeze({ process }: LabReplica, ms: number): Promise<void> {
  process.signal('SIGSTOP');
  try {
    await lasting(ms);
  } finally {
    process.signal('SIGCONT');
  }
}
