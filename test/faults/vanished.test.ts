// Clients that vanish without a word, in every state that a connection can be in: their kernels answer for a while, they do
// not. All are given up, and nobody else notices.

import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { children } from '../../load/bench/processes.ts';
import { publishMany } from '../support/publisher.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { metric } from '../support/replica.ts';
import { describeWith } from '../support/tools.ts';
import { until } from '../support/until.ts';
import { Crowd } from './crowd.ts';
import { bystander, expectServed, startHasty, startHastyNginx } from './hasty.ts';

const LIMIT_MS = 60_000;
// Clients in each state.
const EACH = 20;
// Connections that may be kept from then on: nginx's to the replica, and the test's own.
const SPARE = 20;

const FORM = 'POST /send HTTP/1.1\r\nHost: gone\r\nContent-Type: application/x-www-form-urlencoded\r\n';
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: gone\r\n\r\n`;

/** What they have said before they vanish. Of two streams more comes than kernels keep, and of one nothing. */
const STATES: readonly string[] = [
  '',
  'GET /stream HTTP/1.1\r\nHost: go',
  `${FORM}Content-Length: 100\r\n\r\nmessage=`,
  `${FORM}Transfer-Encoding: chunked\r\n\r\n5\r\nmess`,
  get('/live'),
  get('/i18n.js').repeat(50),
  get('/stream?channel=quiet'),
  get('/stream?channel=loud'),
  get('/live') + get('/stream?channel=loud'),
];
const LIMITS = { SLOW_CLIENT_MS: '2000', SLOW_CLIENT_BYTES: '10000000', MAX_AGE_MS: '10000', HEARTBEAT_MS: '500' };
const WAITS = { headersTimeout: 4_000, requestTimeout: 4_000, timeout: 4_000, keepAliveTimeout: 1_000 };

let redis: RedisServer;

function openFiles(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);
}

async function openCrowd(url: string): Promise<Crowd> {
  const crowd = await Crowd.open(url, { count: EACH * STATES.length, says: STATES, reads: false });
  onTestFinished(() => crowd.close());
  return crowd;
}

describeWith(['redis-server', 'nginx'], 'Vanished clients', () => {
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(() => redis.end());

  test.each(['a replica', 'nginx'])(
    'R7: clients that vanish from %s in any state are given up, and hold up nobody',
    {
      timeout: LIMIT_MS,
    },
    async (where) => {
      const replica = await startHasty(WAITS, { REDIS_URL: redis.url, ...LIMITS });
      const nginx = await startHastyNginx(replica, 2);
      const { url } = where === 'nginx' ? nginx : replica;
      const workers = children(nginx.pid);
      const files = async () => (await metric(replica, 'process_open_fds')) + openFiles(workers);
      const closed = (reason: string) => metric(replica, `fanfare_streams_closed_total{reason="${reason}"}`);
      const before = await files();
      const crowd = await openCrowd(url);
      await until('their streams are open', async () => (await metric(replica, 'fanfare_streams')) === 3 * EACH);
      crowd.freeze();
      for (let round = 0; round < 20; round += 1) {
        await publishMany(replica.url, 10, 'loud', 'x'.repeat(60_000));
        const open = await bystander(url);
        await expectServed(url, open);
        open.close();
      }
      await until('their streams are gone', async () => (await metric(replica, 'fanfare_streams')) === 0);
      // nginx gives up by itself who does not read.
      if (where !== 'nginx') expect(await closed('slow')).toBeGreaterThanOrEqual(EACH);
      expect(await closed('age')).toBeGreaterThanOrEqual(EACH);
      await until('no connection of theirs is left', async () => (await files()) <= before + SPARE);
    },
  );
});
