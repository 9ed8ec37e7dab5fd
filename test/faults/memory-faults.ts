// A Redis without memory: it refuses what is new, and gives what it has.

import { randomUUID } from 'node:crypto';
import { postJson, publish } from '../support/publisher.ts';
import { Subscriber } from '../support/subscriber.ts';
import { until } from '../support/until.ts';
import type { Lab } from './cluster-under-fault.ts';
import { lasting, type NamedFault } from './named-fault.ts';

// A replica that hears nothing for 3.5 s is no longer ready, and while nothing is published it hears only its probes.
const UNPROVEN_MS = 4_000;

export const MEMORY_FAULTS: readonly NamedFault[] = [
  {
    rule: 'P7',
    name: 'Redis has no memory left for 2 s',
    strikes: 'redis',
    failsSends: true,
    run: (lab) => fill(lab, () => lasting(2_000)),
  },
  {
    rule: 'P7',
    name: 'Redis has no memory left, and what it holds is read, known and heard of as before',
    strikes: 'redis',
    alone: true,
    failsSends: true,
    run: serveWhileFull,
  },
];

async function serveWhileFull(lab: Lab): Promise<void> {
  const { nginx, replicas } = lab.servers;
  // Replicas may still refuse publishes because of the fault before.
  await lab.allAtTip();
  const key = { 'Idempotency-Key': randomUUID() };
  const message = { channel: 'full', message: 'taken before' };
  const id = await publish(nginx.url, message, key);
  await fill(lab, async () => {
    // P4: what is in the log is not refused.
    if ((await publish(nginx.url, message, key)) !== id) throw new Error('it was published twice');
    for (const { url, name } of replicas) {
      const stream = await Subscriber.open(url, { query: 'channel=full&lastEventId=earliest' });
      await until(`${name} reads the log`, () => stream.lastEventId !== undefined).finally(() => stream.close());
    }
    await lasting(UNPROVEN_MS);
    for (const replica of replicas) if (!(await replica.ready())) throw new Error(`${replica.name} is not ready`);
  });
}

async function fill({ servers: { redis, nginx } }: Lab, act: () => Promise<void>): Promise<void> {
  await redis.client.config('SET', 'maxmemory', '1');
  try {
    const refused = async () => (await postJson(nginx.url, { channel: 'bulk', message: 'm' })).status === 507;
    await until('a publish is refused', refused);
    await act();
  } finally {
    await redis.client.config('SET', 'maxmemory', '0');
  }
}
