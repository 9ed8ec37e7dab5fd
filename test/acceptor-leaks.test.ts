// What connections leave behind in a replica: nothing, and as long as they last no more than they need.

import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { publish } from './support/publisher.ts';
import { startSeenReplica } from './support/seen-replica.ts';
import { IN_TWO, STREAM_REQUESTS, WHOLE } from './support/stream-requests.ts';
import { until } from './support/until.ts';

const LIVEZ = 'GET /livez HTTP/1.1\r\nHost: test\r\n\r\n';

function listenersOf(socket: Socket): Readonly<Record<string, number>> {
  return Object.fromEntries(socket.eventNames().map((name) => [String(name), socket.listenerCount(name)]));
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}

test('Leaks: of a stream that was handed over http keeps nothing, and its socket has few listeners', async () => {
  const { replica, sockets, stream } = await startSeenReplica();
  const reader = await stream();
  const [socket] = sockets as [Socket & { readonly parser?: unknown; readonly _httpMessage?: unknown }];
  for (const message of ['1', '2', '3']) await publish(replica.url, { message });
  await reader.has('data: 3\n\n');
  // Its own, one of the stream, what is ignored and two ways of hanging up; one of `end` is Node's.
  expect(listenersOf(socket)).toEqual({ close: 1, error: 1, data: 1, end: 2 });
  expect([socket.parser, socket._httpMessage]).toEqual([null, null]);
});

test('Leaks: a connection with many requests gathers no listeners', async () => {
  const { sockets, connect } = await startSeenReplica();
  const connection = await connect();
  const counts: Readonly<Record<string, number>>[] = [];
  for (let round = 0; round < 20; round += 1) {
    connection.text = '';
    connection.send(LIVEZ);
    await connection.has('{"status":"live"}');
    counts.push(listenersOf(sockets[0] as Socket));
  }
  expect(counts.at(-1)).toEqual(counts[0]);
});

test('Leaks: connections that clients end leave no socket, however far they have come', async () => {
  const { connect, connections } = await startSeenReplica();
  const before = openSockets();
  for (const request of STREAM_REQUESTS) {
    const [silent, begun, refused, streaming] = await Promise.all([connect(), connect(), connect(), connect()]);
    begun.send('GET /str');
    await WHOLE.send(refused, '/stream?channel=');
    await request.send(streaming, '/stream');
    await streaming.has('fanfare:open');
    for (const connection of [silent, begun, refused, streaming]) connection.close();
  }
  await until('all have ended', async () => (await connections()) === 0);
  await until('no socket is open', () => openSockets() <= before);
});

test('R9: a reader that takes nothing does not keep a replica from stopping, whoever holds its socket', async () => {
  for (const request of [WHOLE, IN_TWO]) {
    const { replica, sockets, stream } = await startSeenReplica({
      SLOW_CLIENT_MS: '3600000',
      SLOW_CLIENT_BYTES: '100000000',
    });
    const reader = await stream(request);
    reader.socket.pause();
    const [socket] = sockets as [Socket];
    const message = 'x'.repeat(60_000);
    await until('something stays unsent', async () => {
      await publish(replica.url, { message });
      return socket.writableLength > 0;
    });
    await replica.stop();
    expect(socket.destroyed).toBe(true);
  }
});
