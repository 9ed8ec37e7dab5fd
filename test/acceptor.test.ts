// How connections come in: which sockets leave http, that a burst of them holds up no stream, and what becomes of those that
// say nothing.

import { expect, test } from 'vitest';
import { publish } from './support/publisher.ts';
import { metric } from './support/replica.ts';
import { startSeenReplica } from './support/seen-replica.ts';
import { IN_TWO, STREAM_REQUESTS, WHOLE } from './support/stream-requests.ts';
import { until } from './support/until.ts';

const STREAM = 'GET /stream HTTP/1.1\r\nHost: test\r\n\r\n';
const LIVEZ = 'GET /livez HTTP/1.1\r\nHost: test\r\n\r\n';
const PAGE = 'GET / HTTP/1.1\r\nHost: test\r\n\r\n';
const LIVE = '{"status":"live"}';
const SEND =
  'POST /send HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"message":"m"}';
const BURST = 500;

test.each(STREAM_REQUESTS)('S1: $what is a stream; its socket has left http: $handedOver', async (request) => {
  const { replica, server, stream } = await startSeenReplica();
  const connection = await stream(request);
  server.closeAllConnections();
  if (request.handedOver) {
    await publish(replica.url, { message: 'still there' });
    await connection.has('data: still there\n\n');
  }
  await until('http has ended what it has', () => connection.ended === !request.handedOver);
});

test('S1: a client that marks its request as the server does gets its answers in order', async () => {
  const { connect } = await startSeenReplica();
  const connection = await connect();
  // The page is read from a file meanwhile.
  connection.send(PAGE + STREAM.replace('\r\n\r\n', '\r\nConnection: Upgrade\r\nUpgrade: fanfare-stream\r\n\r\n'));
  await connection.has('fanfare:open');
  expect(connection.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
});

test.each([
  ['a request', LIVEZ],
  ['a byte', 'x'],
])('S1: %s behind a stream, in the same piece or later, ends it, but an empty line does not', async (_what, behind) => {
  const { replica, connect, stream } = await startSeenReplica();
  const together = await connect();
  together.send(STREAM + behind);
  await together.closed();
  expect(together.text).not.toContain(LIVE);
  for (const request of [WHOLE, IN_TWO]) {
    const later = await stream(request);
    later.send(behind);
    await later.closed();
    expect(later.text).not.toContain(LIVE);
    const quiet = await stream(request);
    quiet.send('\r\n');
    await publish(replica.url, { message: 'm' });
    await quiet.has('data: m\n\n');
    quiet.close();
  }
  await until('no stream is left', async () => (await metric(replica, 'fanfare_streams')) === 0);
});

test('S6: hundreds of connections that speak at once are served over many turns, and an open stream gets its own', async () => {
  const { server, sockets, connect, stream: open } = await startSeenReplica();
  const stream = await open();
  // A publisher that http knows already, so that nothing but the burst could hold its message up.
  const publisher = await connect();
  publisher.send(LIVEZ);
  await publisher.has(LIVE);
  const all = await Promise.all(Array.from({ length: BURST }, connect));
  await until('all are known', () => sockets.length === BURST + 2);

  const served = { inAll: 0, inThisTurn: 0, mostInATurn: 0, beforeTheMessage: 0 };
  server.on('upgrade', () => {
    served.inAll += 1;
    served.inThisTurn += 1;
    served.mostInATurn = Math.max(served.mostInATurn, served.inThisTurn);
  });
  const turn = () => {
    served.inThisTurn = 0;
    if (served.inAll < BURST) setImmediate(turn);
  };
  setImmediate(turn);
  stream.socket.once('data', () => {
    served.beforeTheMessage = served.inAll;
  });
  for (const connection of all) connection.send(STREAM);
  publisher.send(SEND);
  await stream.has('data: m\n\n');
  for (const connection of all) await connection.has('fanfare:open');
  expect(served.inAll).toBe(BURST);
  expect(served.mostInATurn).toBeLessThanOrEqual(BURST / 5);
  expect(served.beforeTheMessage, 'others still waited when the message came').toBeLessThan(BURST);
});

test('R9: connections that say nothing are ended when a replica stops, and do not keep it from it', async () => {
  const { replica, connect, connections } = await startSeenReplica();
  const silent = await Promise.all(Array.from({ length: 20 }, connect));
  const heard = await connect();
  heard.send(LIVEZ);
  await heard.has(LIVE);
  await until('all are known', async () => (await connections()) === 21);
  await replica.stop();
  for (const connection of [...silent, heard]) await connection.closed();
});

test('R9: a request whose turn has not come is answered before a replica stops', async () => {
  const { replica, sockets, connect } = await startSeenReplica();
  const connection = await connect();
  await until('it is known', () => sockets.length === 1);
  // Behind the listener that lets it wait.
  const stopped = new Promise<void>((resolve) => {
    sockets[0]?.once('data', () => resolve(replica.stop()));
  });
  connection.send(LIVEZ);
  await stopped;
  await connection.closed();
  expect(connection.text).toContain(LIVE);
});

test('R7: a connection that says nothing is given the time that http gives to headers; a stream has all time', async () => {
  const { replica, server, sockets, connect, stream: open } = await startSeenReplica();
  const stream = await open();
  Object.assign(server, { headersTimeout: 50, timeout: 50 });
  const silent = await connect();
  await silent.closed();
  const later = [await open(WHOLE), await open(IN_TWO)];
  expect(sockets.filter(({ destroyed }) => !destroyed).map(({ timeout }) => timeout)).toEqual([0, 0, 0]);
  await publish(replica.url, { message: 'm' });
  for (const each of [stream, ...later]) await each.has('data: m\n\n');
});
