// Places of those who are gone before they have one: nobody keeps what nobody is there to give back.

import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { ask } from './support/ask.ts';
import { onRedis } from './support/bracket.ts';
import { metric } from './support/replica.ts';
import { startSeenReplica } from './support/seen-replica.ts';
import { IN_TWO, WHOLE } from './support/stream-requests.ts';
import { until } from './support/until.ts';

const EACH = 5;
const TARGET = '/stream?channel=a';

onRedis('Places of who has left', (_bracket, redis) => {
  test('L1: who leaves while Redis is asked for a place does not keep it, however the request came', async () => {
    const env = { REDIS_URL: redis().url, REDIS_PREFIX: randomUUID(), MAX_STREAMS_PER_ADDRESS: '2' };
    const { replica, server, sockets, connect, stream } = await startSeenReplica(env);
    await until('it is ready', async () => (await fetch(`${replica.url}/readyz`)).ok);
    let asked = 0;
    for (const name of ['upgrade', 'request']) {
      server.on(name, () => {
        asked += 1;
      });
    }
    redis().pause();
    onTestFinished(() => redis().resume());
    const leaving = await Promise.all(Array.from({ length: 2 * EACH }, connect));
    for (const [index, connection] of leaving.entries())
      await (index % 2 === 0 ? WHOLE : IN_TWO).send(connection, TARGET);
    await until('all have asked', () => asked === leaving.length);
    for (const connection of leaving) connection.close();
    await until('all have left', () => sockets.filter(({ destroyed }) => destroyed).length === leaving.length);
    redis().resume();
    const taken = () => redis().client.keys(`${env.REDIS_PREFIX}*:streams:*`);
    await until('no place is taken', async () => (await taken()).length === 0);
    await stream();
    await stream(IN_TWO);
    expect((await ask(`${replica.url}/stream`)).status).toBe(429);
    expect(await metric(replica, 'fanfare_streams')).toBe(2);
  });
});
