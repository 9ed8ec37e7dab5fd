// What a connection to Redis says when it goes: the reason of this loss, and of no other.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Connection, connect } from '../src/bus/redis-connection.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

describeWith(['redis-server'], 'a connection to Redis', () => {
  let server: RedisServer;
  let connection: Connection;
  let readies: number;
  let losses: string[];

  beforeEach(async () => {
    server = await startRedis();
    readies = 0;
    losses = [];
    connection = connect({ url: server.url }, 'commands', {
      ready: () => {
        readies += 1;
      },
      down: (reason) => losses.push(reason),
    });
  });

  afterEach(async () => {
    connection.disconnect();
    await server.end();
  });

  const ready = (times: number) => until(`it has been ready ${times} times`, () => readies === times);
  const lost = (reason: string) => until(`it is lost: ${reason}`, () => losses.at(-1) === reason);

  test('Log: a loss does not carry the reason of the one before it', async () => {
    await server.stop();
    connection.connect().catch(() => undefined);
    await lost('ECONNREFUSED');
    await server.start();
    await ready(1);
    losses = [];
    await server.client.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES');
    await lost('the connection was closed');
    await ready(2);
    expect(losses).toEqual(['the connection was closed']);
  });

  test('Log: a connection that is given up here says so, once', async () => {
    await connection.connect();
    connection.giveUp();
    await lost('given up here, since nothing came over it');
    await ready(2);
    await server.client.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES');
    await lost('the connection was closed');
  });

  test('P5: a connection that is given up is no longer taken for one, although a frozen Redis does not let it go', async () => {
    await connection.connect();
    server.pause();
    onTestFinished(() => server.resume());
    connection.giveUp();
    // A socket closes at the end of a turn.
    await nextTurn();
    await nextTurn();
    expect(connection.status).not.toBe('ready');
    server.resume();
    await ready(2);
  });

  test('Log: a Redis that was demoted says so', async () => {
    await connection.connect();
    await server.client.replicaof('127.0.0.1', '1');
    await connection.set('key', 'value').catch(() => undefined);
    await until('it is lost', () => losses.length > 0);
    expect(losses[0]).toMatch(/^READONLY /);
  });

  test('Security: a password beside the URL is that of the user whom the URL names, whatever it consists of', async () => {
    const password = 'p@ss:/?#[]%40 é';
    await server.client.call('ACL', 'SETUSER', 'one', 'on', `>${password}`, '+@all');
    const url = server.url.replace('://', '://one@');
    const login = connect({ url, password }, 'commands', {
      ready: () => undefined,
      down: (reason) => losses.push(reason),
    });
    onTestFinished(() => login.disconnect());
    await login.connect();
    expect(await login.call('ACL', 'WHOAMI')).toBe('one');
    expect(losses).toEqual([]);
  });
});
