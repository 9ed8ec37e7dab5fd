// Clients that send or take nothing, in every state of a connection: each is given up, and told so where it can be.

import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { answersIn, detailOf } from './support/raw-answers.ts';
import { startSeenReplica } from './support/seen-replica.ts';
import { until } from './support/until.ts';

const HEAD = 'POST /send HTTP/1.1\r\nHost: test\r\nContent-Type: application/x-www-form-urlencoded\r\n';
const BODY = `${HEAD}Content-Length: 1000\r\n\r\nmessage=`;

test.each([
  ['that says nothing', '', { headersTimeout: 50 }],
  ['that stops within a head', HEAD, { headersTimeout: 50 }],
  ['that stops within a body', BODY, { timeout: 50 }],
  ['whose body takes too long', BODY, { requestTimeout: 50, headersTimeout: 50 }],
])('P7: a connection %s is told so with 408, and ends', async (_what, raw, limits) => {
  const { replica, server, connect, connections } = await startSeenReplica();
  Object.assign(server, limits);
  const connection = await connect();
  connection.send(raw);
  await connection.closed();
  const [answer, ...more] = answersIn(connection.text);
  expect(answer).toMatchObject({ status: 408 });
  expect(detailOf(answer as never)).toMatch(/did not arrive in time/);
  expect(more).toEqual([]);
  await until('it is gone', async () => (await connections()) === 0);
  expect(replica.errors).toEqual([]);
});

test('P7: a connection that is kept and not used again ends without a word', async () => {
  const { server, connect } = await startSeenReplica();
  // Node gives a second more.
  server.keepAliveTimeout = 10;
  const connection = await connect();
  connection.send('GET /livez HTTP/1.1\r\nHost: test\r\n\r\n');
  await connection.closed();
  expect(answersIn(connection.text).map(({ status }) => status)).toEqual([200]);
});

test('R7: who asks for page after page and takes none is given up', async () => {
  const { server, sockets, connect, connections } = await startSeenReplica();
  const connection = await connect();
  connection.socket.pause();
  let unanswered = 0;
  server.on('request', (_request, response: ServerResponse) => {
    unanswered += 1;
    response.once('close', () => {
      unanswered -= 1;
    });
  });
  await until('its answers wait', () => {
    if (unanswered === 0) connection.send('GET /live.html HTTP/1.1\r\nHost: test\r\n\r\n'.repeat(100));
    return (sockets[0]?.writableLength ?? 0) > 0;
  });
  expect(sockets[0]?.timeout).toBe(server.timeout);
  sockets[0]?.setTimeout(50);
  await until('it is gone', async () => (await connections()) === 0);
});
