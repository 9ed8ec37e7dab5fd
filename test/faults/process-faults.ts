// Faults of replicas and of nginx: processes that are killed, told to stop, frozen and reloaded. Times in here are how
// long a fault lasts; nothing waits by them.

import { setTimeout as lasting } from 'node:timers/promises';
import { type NamedFault, oneByOne } from './named-fault.ts';
import type { LabReplica } from './servers.ts';

export const REPLICA_FAULTS: readonly NamedFault[] = [
  {
    rule: 'P8',
    name: 'replicas are killed one after another and come back',
    run: ({ servers }) =>
      oneByOne(servers.replicas, async (replica) => {
        await replica.kill();
        await lasting(300);
        await replica.start();
      }),
  },
  {
    rule: 'R9',
    name: 'replicas are told to stop one after another and come back',
    run: ({ servers }) =>
      oneByOne(servers.replicas, async (replica) => {
        replica.process.signal('SIGTERM');
        const { code } = await replica.process.exited;
        if (code !== 0) throw new Error(`${replica.name} ended with ${code} instead of 0`);
        await replica.start();
      }),
  },
  { rule: 'P8', name: 'a replica is frozen for 5 s', run: ({ servers }) => freeze(servers.replicas[0], 5_000) },
  {
    rule: 'S5',
    name: 'the event loop of a replica is blocked for 2 s',
    run: ({ servers }) => freeze(servers.replicas[1], 2_000),
  },
  {
    rule: 'R5',
    name: 'all replicas are killed and come back',
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
    failsSends: true,
    run: async ({ servers: { nginx } }) => {
      for (let count = 0; count < 10; count += 1) await nginx.reload();
    },
  },
  {
    rule: 'R5',
    name: 'nginx is killed and comes back',
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
    failsSends: true,
    run: ({ servers: { nginx } }) => nginx.killWorker(),
  },
];

async function freeze({ process }: LabReplica, ms: number): Promise<void> {
  process.signal('SIGSTOP');
  await lasting(ms);
  process.signal('SIGCONT');
}
