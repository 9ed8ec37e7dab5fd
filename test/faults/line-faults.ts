// Faults of the lines between replicas and Redis: cut, slow, and losing what they should carry.

import { until } from '../support/until.ts';
import { CHANNELS, type Lab } from './cluster-under-fault.ts';
import { lasting, type NamedFault, oneByOne, onLines } from './named-fault.ts';
import type { ReplyFilter } from './proxy.ts';
import { isLogFrame, isPublished } from './resp.ts';

// R4.
const LAST_FRAME_MS = 2_000;

export const LINE_FAULTS: readonly NamedFault[] = [
  {
    rule: 'R4',
    name: 'the pub/sub connections are killed every 2 s for 6 s',
    strikes: 'lines',
    run: (lab) => killSubscriptions(lab, 3),
  },
  {
    rule: 'R4',
    name: 'the pub/sub connections are killed every 2 s for a minute',
    strikes: 'lines',
    long: true,
    run: (lab) => killSubscriptions(lab, 30),
  },
  {
    rule: 'P5',
    name: 'the connections of a replica to Redis are reset while commands are in flight',
    strikes: 'lines',
    run: ({ servers }) =>
      oneByOne([...servers.replicas, ...servers.replicas], async ({ line }) => {
        line.reset();
        await lasting(400);
      }),
  },
  {
    rule: 'P4',
    name: 'the answers to publishes are lost after they were carried out',
    strikes: 'lines',
    alone: true,
    run: ({ servers }) => oneByOne([...servers.replicas, ...servers.replicas], loseAnswer),
  },
  {
    rule: 'R4',
    name: 'pub/sub drops one frame in 50',
    strikes: 'lines',
    run: ({ servers, random }) => {
      const filter = (reply: Buffer) => (isLogFrame(reply) && random() < 1 / 50 ? 'swallow' : 'pass');
      return onLines(servers.replicas, { filter }, () => lasting(4_000));
    },
  },
  {
    rule: 'R4',
    name: 'pub/sub drops the last frame before a silence',
    strikes: 'lines',
    alone: true,
    run: (lab) => lab.quietly(() => dropLastFrame(lab)),
  },
  {
    rule: 'P5',
    name: 'the line from a replica to Redis is a black hole for 3 s',
    strikes: 'lines',
    // The replica says within 2 s that it cannot tell, and nginx asks the next.
    answersWithinMs: 2_900,
    run: ({ servers }) => onLines([servers.replicas[2]], { faults: { blackHole: true } }, () => lasting(3_000)),
  },
  {
    rule: 'R4',
    name: 'the lines to Redis are slow, uneven and cut everything into pieces of 7 bytes',
    strikes: 'lines',
    run: ({ servers }) => {
      const faults = { latencyMs: 1, jitterMs: 8, sliceBytes: 7 };
      return onLines(servers.replicas, { faults }, () => lasting(3_000));
    },
  },
  {
    rule: 'R2',
    name: 'the frames of pub/sub come late, after the log has brought what is in them',
    strikes: 'lines',
    run: async ({ servers }) => {
      await Promise.all(servers.replicas.map((replica) => onLines([replica], lateOnce(), () => lasting(3_000))));
    },
  },
];

function lateOnce(): { readonly filter: ReplyFilter } {
  let held = false;
  const filter = (reply: Buffer) => {
    if (held || !isLogFrame(reply)) return 'pass';
    held = true;
    return 'late';
  };
  return { filter };
}

async function killSubscriptions({ servers: { redis } }: Lab, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await lasting(2_000);
  }
}

async function loseAnswer(replica: Lab['servers']['replicas'][number]): Promise<void> {
  const { line } = replica;
  const connections = line.accepted;
  let lost = 0;
  const filter = (reply: Buffer) => (isPublished(reply) && lost++ === 0 ? 'cut' : 'pass');
  await onLines([replica], { filter }, () => until('an answer was lost', () => line.accepted > connections));
  // The next one must find a replica that nginx can send the publish to.
  await until('it is ready again', () => replica.ready());
}

async function dropLastFrame(lab: Lab): Promise<void> {
  // Subscribers may be on their way back from the fault before, and that is not what is measured.
  await lab.allAtTip();
  let swallowed = 0;
  const filter = (reply: Buffer) => {
    if (!isLogFrame(reply)) return 'pass';
    swallowed += 1;
    return 'swallow';
  };
  await onLines(lab.servers.replicas, { filter }, async () => {
    const sent = await lab.sender.send(CHANNELS);
    const begun = performance.now();
    if (sent.status !== 'acknowledged') throw new Error('the last message was not acknowledged');
    await lab.reached(sent.id);
    const tookMs = performance.now() - begun;
    if (swallowed !== 3) throw new Error(`${swallowed} frames were swallowed instead of one on each line`);
    if (tookMs > LAST_FRAME_MS) throw new Error(`it took ${tookMs} ms to fill what pub/sub had dropped`);
  });
}
