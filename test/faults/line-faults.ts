// Faults of the lines between replicas and Redis: cut, slow, deaf, and losing what they should carry.

import { publishAll } from '../support/publisher.ts';
import { until } from '../support/until.ts';
import { CHANNELS, type Lab } from './cluster-under-fault.ts';
import { lasting, type NamedFault, oneByOne, onLines } from './named-fault.ts';
import { isLogFrame, isPublished, isPubSubMessage, isSubscribed, isTip } from './resp.ts';

// R4.
const LAST_FRAME_MS = 2_000;
const DEAF_MS = 8_000;
const OUTPUT_BUFFER_BYTES = 1_048_576;

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
    rule: 'R4',
    name: 'a subscription goes deaf while its connection stays open',
    strikes: 'lines',
    alone: true,
    run: deafen,
  },
  {
    rule: 'R4',
    name: 'subscriptions break and the first answer to SUBSCRIBE is lost',
    strikes: 'lines',
    alone: true,
    run: loseSubscribed,
  },
  {
    rule: 'P5',
    name: 'the connection for commands goes silent while it stays open',
    strikes: 'lines',
    alone: true,
    run: silenceCommands,
  },
  {
    rule: 'R4',
    name: 'Redis cuts a subscription whose output buffer is full',
    strikes: 'lines',
    alone: true,
    run: overflowOutputBuffer,
  },
  {
    rule: 'P5',
    name: 'the line from a replica to Redis is a black hole for 3 s',
    strikes: 'lines',
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
];

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

async function deafen({ servers: { replicas } }: Lab): Promise<void> {
  const [replica] = replicas;
  const connections = replica.line.accepted;
  const filter = (reply: Buffer) => (isPubSubMessage(reply) ? 'swallow' : 'pass');
  const begun = performance.now();
  await onLines([replica], { filter }, async () => {
    await until('it is found', () => replica.line.accepted > connections);
    await until('the replica is not ready', async () => !(await replica.ready()));
    const tookMs = performance.now() - begun;
    if (tookMs > DEAF_MS) throw new Error(`it took ${tookMs} ms to find that a subscription was deaf`);
  });
}

async function loseSubscribed({ servers: { redis, replicas } }: Lab): Promise<void> {
  let lost = 0;
  const filter = (reply: Buffer) => {
    if (!isSubscribed(reply) || lost === replicas.length) return 'pass';
    lost += 1;
    return 'swallow';
  };
  await onLines(replicas, { filter }, async () => {
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until('the answers are lost', () => lost === replicas.length);
    await until('all are ready', async () => (await Promise.all(replicas.map((each) => each.ready()))).every(Boolean));
  });
}

/** As when a host on the way has forgotten it: nothing comes back over this one, and a new one works. */
async function silenceCommands({ servers: { replicas } }: Lab): Promise<void> {
  const [, , replica] = replicas;
  const connections = replica.line.accepted;
  let silent: number | undefined;
  const filter = (reply: Buffer, connection: number) => {
    if (isTip(reply)) silent ??= connection;
    return connection === silent ? 'swallow' : 'pass';
  };
  await onLines([replica], { filter }, async () => {
    await until('it is given up', () => replica.line.accepted > connections);
    await until('the replica is ready', () => replica.ready());
  });
}

/** A replica takes nothing while much is published: Redis drops its subscription without a word. */
async function overflowOutputBuffer({ servers: { redis, replicas } }: Lab): Promise<void> {
  const cuts = async () => (await redis.logged()).split('overcoming of output buffer limits').length;
  const before = await cuts();
  const bulk = Array.from({ length: 15 }, () => ({ channel: 'bulk', message: 'x'.repeat(60_000) }));
  await redis.client.config('SET', 'client-output-buffer-limit', `pubsub ${OUTPUT_BUFFER_BYTES} 0 0`);
  try {
    await onLines([replicas[1]], { faults: { blackHole: true } }, () =>
      until('Redis has cut it', async () => {
        await publishAll(replicas[0].url, bulk);
        return (await cuts()) > before;
      }),
    );
  } finally {
    await redis.client.config('SET', 'client-output-buffer-limit', 'pubsub 33554432 8388608 60');
  }
}
