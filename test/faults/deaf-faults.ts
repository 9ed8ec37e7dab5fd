// Lines between replicas and Redis that look sound and bring nothing: deaf subscriptions, and connections gone silent.

import { publishAll } from '../support/publisher.ts';
import { until } from '../support/until.ts';
import type { Lab } from './cluster-under-fault.ts';
import { type NamedFault, onLines } from './named-fault.ts';
import { isPubSubMessage, isSubscribed, isTip } from './resp.ts';

const DEAF_MS = 8_000;
const OUTPUT_BUFFER_BYTES = 1_048_576;

export const DEAF_FAULTS: readonly NamedFault[] = [
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
];

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
