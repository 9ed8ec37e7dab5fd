// The server's own limits, and what it tells of those whom it refuses.

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Acceptor } from '../src/acceptor.ts';
import type { Serve } from '../src/hand-over.ts';
import type { Unread } from '../src/refusal.ts';
import { createHttpServer } from '../src/server.ts';
import { RawConnection } from './support/raw-connection.ts';
import { until } from './support/until.ts';

const head = (bytes: number) => `GET / HTTP/1.1\r\nHost: test\r\nX: ${'x'.repeat(bytes)}\r\n`;

interface Told {
  readonly server: Server;
  readonly url: string;
  readonly refused: readonly Unread[];
}

const taken: Serve = async (_request, response) => void response.end('taken');

async function start(maxHeaderBytes = 147_456, serve: Serve = taken): Promise<Told> {
  const refused: Unread[] = [];
  const server = createHttpServer(
    serve,
    () => false,
    maxHeaderBytes,
    (why) => refused.push(why),
  );
  new Acceptor(server, (why) => refused.push(why));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, refused };
}

async function send(url: string, ...pieces: readonly string[]): Promise<RawConnection> {
  const connection = await RawConnection.open(url);
  onTestFinished(() => connection.close());
  for (const piece of pieces) await connection.sendBytes(piece.slice(0, 1)).then(() => connection.send(piece.slice(1)));
  return connection;
}

test('P7: the bytes of a head are a setting', async () => {
  const { url } = await start(1_000);
  await (await send(url, `${head(900)}\r\n`)).has('taken');
  await (await send(url, `${head(1_200)}\r\n`)).has('at most 1000 bytes');
});

test.each([
  ['a head that is too large', 'header_bytes', {}, [`${head(1_500)}\r\n`, head(10), head(10), head(10)]],
  ['what is no HTTP', 'malformed', {}, ['nonsense\r\n\r\n', 'more\r\n', 'more\r\n', 'more\r\n']],
  ['silence', 'timeout', { headersTimeout: 50 }, []],
  ['a head without an end', 'timeout', { headersTimeout: 50 }, [head(10)]],
] as const)('P7: %s is told of once', async (_what, why, limits, pieces) => {
  const { server, url, refused } = await start(1_000);
  Object.assign(server, limits);
  const connection = await send(url, ...pieces);
  await connection.closed();
  expect(refused).toEqual([why]);
});

test('P7: what stands behind an upgrade that is refused is never read from its middle', async () => {
  const asked: (string | undefined)[] = [];
  const answers: (() => void)[] = [];
  const { server, url } = await start(undefined, async ({ url: target }, response) => {
    asked.push(target);
    answers.push(() => response.end());
  });
  let read = 0;
  server.on('request', () => {
    read += 1;
  });
  const connection = await RawConnection.open(url);
  const upgrade = 'GET /first HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
  connection.send(`${upgrade}POST /second HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nits body: `);
  await until('the first has come', () => asked.length > 0);
  connection.send('GET /smuggled HTTP/1.1\r\nHost: test\r\n\r\n');
  await until('another has come', () => read > 1);
  for (const answer of answers) answer();
  await connection.closed();
  expect(asked).toEqual(['/first']);
});
