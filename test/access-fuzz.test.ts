// A hundred thousand requests that let nobody in: forged tokens, good ones in the wrong place, and tokens that are used for
// more than they say, in every way in which they can be shown, at replicas with each kind of key.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { printedSeed, randomFrom } from './faults/random.ts';
import { curveLock, keySetLock, type Lock, rsaLock, secretLock } from './intruders/locks.ts';
import { type Besieged, Siege } from './intruders/siege.ts';
import { startCluster } from './support/cluster.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { ReplicaProcess } from './support/replica.ts';
import { describeWith } from './support/tools.ts';

const SIEGE_MS = 180_000;
const TRUSTED = '/keys';

let redis: RedisServer;
/** Where a key set is, and where nothing else may ever be asked for. */
let issuer: Server;
let issuerUrl: string;
let keySet: object = {};
const trapped: string[] = [];

beforeAll(async () => {
  issuer = createServer((request, response) => {
    if (request.url !== TRUSTED) trapped.push(String(request.url));
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(keySet));
  }).listen(0, '127.0.0.1');
  await once(issuer, 'listening');
  issuerUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
});

afterAll(() => {
  issuer.close();
});

async function besiege(lock: Lock, { doors, replicas }: Pick<Besieged, 'doors' | 'replicas'>, count: number) {
  const siege = new Siege({ lock, doors, replicas, trap: `${issuerUrl}/trap` }, randomFrom(printedSeed()));
  try {
    await siege.run(count);
  } finally {
    siege.close();
  }
  expect(trapped).toEqual([]);
}

describeWith(['redis-server', 'nginx'], 'a cluster that asks for tokens', () => {
  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(() => redis.end());

  test(
    'A2, A3, A6, A7, A8: of 40,000 requests to three replicas and their proxy none gets in without the secret',
    async () => {
      const lock = secretLock();
      const cluster = await startCluster({ ...lock.env, REDIS_URL: redis.url });
      try {
        const { replicas } = cluster;
        await besiege(lock, { doors: [cluster.url, ...replicas.map(({ url }) => url)], replicas }, 40_000);
        const errors = replicas.flatMap(({ process }) => process.logged.filter(({ level }) => Number(level) >= 50));
        expect(errors).toEqual([]);
      } finally {
        await cluster.stop();
      }
    },
    SIEGE_MS,
  );
});

test.each<[key: string, lock: () => Lock]>([
  ['an RSA key', rsaLock],
  ['a key on a curve', curveLock],
  [
    'a key of a set',
    () => {
      const lock = keySetLock(issuerUrl + TRUSTED);
      keySet = lock.keySet;
      return lock;
    },
  ],
])(
  'A2, A3, A6, A7, A8: of 20,000 requests none gets in without %s',
  async (_key, makeLock) => {
    const lock = makeLock();
    const replica = new ReplicaProcess(lock.env);
    try {
      const at = await replica.addresses();
      await besiege(lock, { doors: [at.url], replicas: [at] }, 20_000);
      expect(replica.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    } finally {
      await replica.stop();
    }
  },
  SIEGE_MS,
);
