// The operator's log: what is worth knowing is a line, no message and no stream is one, and at `debug` one message can be
// followed from nginx through all replicas.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { Audience, type Cluster, startCluster } from './support/cluster.ts';
import { postForm, publish } from './support/publisher.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import type { ReplicaProcess } from './support/replica.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const PASSWORD = 'not-for-logs';

function lines({ logged }: ReplicaProcess, msg: string): readonly Readonly<Record<string, unknown>>[] {
  return logged.filter((line) => line['msg'] === msg);
}

describeWith(['redis-server', 'nginx'], 'the log of a cluster', () => {
  let redis: RedisServer;
  let audience: Audience;

  async function start(level: string): Promise<Cluster> {
    // A Redis without a password takes any.
    const url = redis.url.replace('//', `//default:${PASSWORD}@`);
    const cluster = await startCluster({ REDIS_URL: url, REDIS_PREFIX: level, LOG_LEVEL: level, DRAIN_MS: '200' });
    audience = new Audience(cluster.url);
    return cluster;
  }

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(() => redis?.end());

  test('Log: one message is followed by its trace and request id from nginx through every replica', async () => {
    const cluster = await start('debug');
    try {
      const streams = await audience.openOnEach(['one', 'two', 'three'], 1, 'followed');
      const id = await publish(cluster.url, { channel: 'followed', message: 'm' }, { traceparent: TRACE });
      await until('all have it', () => streams.every((stream) => stream.messages.some((message) => message.id === id)));
      const [logged] = (await cluster.requests()).filter(({ path }) => path === '/send');
      const origin = { traceparent: TRACE, requestId: logged?.id };
      expect(logged).toMatchObject({ traceparent: TRACE, id: expect.stringMatching(/^[\da-f]{32}$/) });
      const processes = cluster.replicas.map(({ process }) => process);
      const delivered = { ...origin, id, channels: ['followed'], streams: 1 };
      await until('it is in the logs', () => processes.every((each) => lines(each, 'delivered').length > 0));
      for (const each of processes) expect(lines(each, 'delivered')).toMatchObject([delivered]);
      const published = processes.flatMap((each) => lines(each, 'published'));
      expect(published).toMatchObject([{ ...origin, ids: [id], repeated: false }]);
    } finally {
      audience.close();
      await cluster.stop();
    }
  });

  test('Log: at info a start, an outage and an end are lines with counts, messages and streams are none', async () => {
    const cluster = await start('info');
    const { process } = cluster.replicas[0];
    try {
      const streams = await audience.openOnEach(['one', 'two', 'three'], 2, 'quiet');
      for (let count = 0; count < 20; count += 1) await publish(cluster.url, { channel: 'quiet', message: `${count}` });
      await until('all have all', () => streams.every(({ messages }) => messages.length === 20));
      const [begun, ...more] = process.logged;
      expect(begun).toMatchObject({
        bus: 'redis',
        settings: { replica: 'one', historySize: 100_000, maxAgeMs: 3_600_000 },
      });
      expect(more.map(({ msg }) => msg)).toEqual(['connected to Redis', 'connected to Redis']);
      for (let count = 0; count < 5; count += 1) await fetch(`${cluster.replicas[0].url}/stream?channel=`);
      await redis.stop();
      await until(
        'it is told',
        () => lines(process, 'no connection to Redis: trying again until there is one').length === 2,
      );
      for (let count = 0; count < 20; count += 1) await postForm(cluster.replicas[0].url, 'message=m');
      await redis.start();
      await until('it is told', () => lines(process, 'connected to Redis').length === 4);
      await until(
        'streams are reset',
        () => lines(process, 'messages are missing: every live stream was reset').length === 1,
      );
      process.signal('SIGTERM');
      await process.exited;
      const refused = lines(process, 'publishes were not acknowledged');
      const reason = '503: Redis cannot be reached';
      expect(refused).toMatchObject([{ reasons: { [reason]: 1 } }, { reasons: { [reason]: 19 } }]);
      expect(lines(process, 'streams were refused')).toMatchObject([
        { reasons: { bad_request: 1 } },
        { reasons: { bad_request: 4 } },
      ]);
      expect(process.logged.slice(-3)).toMatchObject([
        { msg: 'publishes were not acknowledged' },
        { msg: 'streams were refused' },
        { msg: 'stopped', closed: 2 },
      ]);
      expect(lines(process, 'stopping: no new streams, closing the open ones')).toMatchObject([
        { streams: 2, drainMs: 200 },
      ]);
      expect(process.stdout).not.toContain(PASSWORD);
    } finally {
      audience.close();
      await cluster.stop();
    }
  });
});
