// Faults of the lines between replicas and Redis: cut, slow, deaf, and losing what they should carry. Times in here are
// how long a fault lasts; nothing waits by them.

import { setTimeout as lasting } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { CHANNELS, hasReached, type Lab } from './cluster-under-fault.ts';
import { type NamedFault, oneByOne } from './named-fault.ts';
import { isLogFrame, isPublished, isPubSubMessage } from './resp.ts';

// R4.
const LAST_FRAME_MS = 2_000;

export const LINE_FAULTS: readonly NamedFault[] = [
  {
    rule: 'R4',
    name: 'the pub/sub connections are killed every 2 s',
    run: async ({ servers: { redis } }) => {
      for (let count = 0; count < 3; count += 1) {
        await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
        await lasting(2_000);
      }
    },
  },
  {
    rule: 'P5',
    name: 'the connections of a replica to Redis are reset while commands are in flight',
    run: ({ servers }) =>
      oneByOne([...servers.replicas, ...servers.replicas], async ({ line }) => {
        line.reset();
        await lasting(400);
      }),
  },
  {
    rule: 'P4',
    name: 'the answers to publishes are lost after they were carried out',
    run: ({ servers }) =>
      oneByOne([...servers.replicas, ...servers.replicas], async (replica) => {
        const { line } = replica;
        const connections = line.accepted;
        let lost = 0;
        line.filter = (reply) => (isPublished(reply) && lost++ === 0 ? 'cut' : 'pass');
        await until('an answer was lost', () => line.accepted > connections);
        line.filter = undefined;
        // The next one must find a replica that nginx can send the publish to.
        await until('it is ready again', () => replica.ready());
      }),
  },
  {
    rule: 'R4',
    name: 'pub/sub drops one frame in 50',
    run: async ({ servers, random }) => {
      for (const { line } of servers.replicas)
        line.filter = (reply) => (isLogFrame(reply) && random() < 1 / 50 ? 'swallow' : 'pass');
      await lasting(4_000);
    },
  },
  { rule: 'R4', name: 'pub/sub drops the last frame before a silence', run: dropLastFrame },
  {
    rule: 'R4',
    name: 'a subscription goes deaf while its connection stays open',
    run: async ({ servers: { replicas } }) => {
      const [{ line }] = replicas;
      const connections = line.accepted;
      line.filter = (reply) => (isPubSubMessage(reply) ? 'swallow' : 'pass');
      await until('it is found', () => line.accepted > connections);
      await until('the replica is not ready', async () => !(await replicas[0].ready()));
    },
  },
  {
    rule: 'P5',
    name: 'the line from a replica to Redis is a black hole for 3 s',
    run: async ({ servers: { replicas } }) => {
      replicas[2].line.faults = { blackHole: true };
      await lasting(3_000);
    },
  },
  {
    rule: 'R4',
    name: 'the lines to Redis are slow, uneven and cut everything into pieces of 7 bytes',
    run: async ({ servers }) => {
      for (const { line } of servers.replicas) line.faults = { latencyMs: 1, jitterMs: 8, sliceBytes: 7 };
      await lasting(3_000);
    },
  },
];

async function dropLastFrame(lab: Lab): Promise<void> {
  await lab.quiet();
  let swallowed = 0;
  for (const { line } of lab.servers.replicas)
    line.filter = (reply) => {
      if (!isLogFrame(reply)) return 'pass';
      swallowed += 1;
      return 'swallow';
    };
  const sent = await lab.sender.send(CHANNELS);
  const begun = performance.now();
  if (sent.status !== 'acknowledged') throw new Error('the last message was not acknowledged');
  await until('it is filled from the log', () => lab.readers.every((reader) => hasReached(reader, sent.id)));
  const tookMs = performance.now() - begun;
  if (swallowed !== 3) throw new Error(`${swallowed} frames were swallowed instead of one on each line`);
  if (tookMs > LAST_FRAME_MS) throw new Error(`it took ${tookMs} ms to fill what pub/sub had dropped`);
}
