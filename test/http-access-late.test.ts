// Who was let in when a request began, and may not any more when it comes to its point: waiting does not keep a right.

import { request } from 'node:http';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { ask } from './support/ask.ts';
import { onEachBus } from './support/bracket.ts';
import { type Answer, problemDetail, publish } from './support/publisher.ts';
import { metric, metricsOf } from './support/replica.ts';
import { startSeenReplica } from './support/seen-replica.ts';
import { ALL, ASKING, bearer, token } from './support/token.ts';
import { until } from './support/until.ts';

const kickEve = async (url: string) =>
  expect(await ask(`${url}/streams?subject=eve`, { method: 'DELETE', headers: await bearer(ALL) })).toMatchObject({
    status: 204,
  });

/** A publish whose body comes in two pieces. */
async function slowly(url: string, headers: Record<string, string>, first: string) {
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const sent = request(`${url}/send`, { method: 'POST', headers: { ...headers, ...type } });
  const answer = new Promise<Answer>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => {
        text += more;
      });
      const of = new Headers(response.headers as Record<string, string>);
      response.on('end', () => resolve({ status: response.statusCode as number, headers: of, text }));
    });
  });
  await new Promise<void>((resolve, reject) => sent.write(first, (error) => (error ? reject(error) : resolve())));
  return { answer, end: (rest: string) => sent.end(rest) };
}

/** What is written to this socket does not leave before the returned function is called, as where its client does not read. */
function held(socket: Socket): () => void {
  const writes: (() => void)[] = [];
  const { _write, _writev } = socket;
  socket._write = (...written) => void writes.push(() => _write.apply(socket, written));
  socket._writev = (...written) => void writes.push(() => _writev?.apply(socket, written));
  return () => {
    Object.assign(socket, { _write, _writev });
    for (const write of writes) write();
  };
}

test('A6: a stream that waits for its turn on a connection is refused to who has been kicked meanwhile', async () => {
  const { replica, sockets, connect } = await startSeenReplica(ASKING);
  const connection = await connect();
  await until('the server has the connection', () => sockets.length > 0);
  const release = held(sockets[0] as Socket);
  const eve = await token({ ...ALL, sub: 'eve' });
  const head = 'HTTP/1.1\r\nHost: test\r\n';
  connection.send(`GET /livez ${head}\r\nGET /stream ${head}Authorization: Bearer ${eve}\r\n\r\n`);
  const answered = /^http_requests_total\{.*"\/livez".*\} [1-9]/m;
  await until('the first has been answered', async () => answered.test(await metricsOf(replica)));
  await kickEve(replica.url);
  release();
  await connection.has('HTTP/1.1 401 ');
  expect(connection.text).not.toContain('fanfare:open');
  expect(await metric(replica, 'fanfare_streams')).toBe(0);
});

onEachBus('Rights that end while a request is under way', (bracket) => {
  test('A6: a publish whose body comes slowly is refused to who has been kicked meanwhile', async () => {
    const replica = await bracket.start(ASKING);
    const { url } = replica;
    const stream = await bracket.open(url, { headers: await bearer(ALL) });
    const slow = await slowly(url, await bearer({ ...ALL, sub: 'eve' }), 'message=');
    const other = await slowly(url, await bearer({ ...ALL, sub: 'ben' }), 'message=');
    await kickEve(url);
    slow.end('late');
    expect(problemDetail(await slow.answer, 401)).toContain('revoked');
    other.end('welcome');
    expect(await other.answer).toMatchObject({ status: 201 });
    const events = await stream.take(2);
    expect(events[1]).toMatchObject({ data: 'welcome' });
  });

  test('A2: a publish whose body comes slowly is refused when its token has expired meanwhile', async () => {
    const { url } = await bracket.start(ASKING);
    const headers = await bearer(ALL, { expiresIn: 1 });
    const slow = await slowly(url, headers, 'message=');
    await until('it has expired', async () => (await ask(`${url}/ticket`, { method: 'POST', headers })).status === 401);
    slow.end('late');
    expect(problemDetail(await slow.answer, 401)).toContain('has expired');
  });

  test('A3: a replica that takes no stream leaves a ticket as good as it was', async () => {
    const { url } = await bracket.start({ ...ASKING, MAX_CONNECTIONS: '1', TRUST_PROXY: 'true' });
    const headers = await bearer(ALL);
    const first = await bracket.open(url, { headers });
    const { text } = await ask(`${url}/ticket`, { method: 'POST', headers });
    const query = `ticket=${(JSON.parse(text) as { ticket: string }).ticket}`;
    expect((await bracket.open(url, { query })).status).toBe(503);
    first.close();
    await until('there is room', async () => (await ask(`${url}/stream`, { method: 'HEAD', headers })).status === 200);
    const second = await bracket.open(url, { query });
    expect(await second.next()).toMatchObject({ event: 'fanfare:open' });
    second.close();
    expect(await publish(url, { message: 'a' }, headers)).toEqual(expect.any(String));
    await until('there is room again', async () => (await bracket.open(url, { query })).status !== 503);
    problemDetail(await ask(`${url}/stream?${query}`), 401);
  });
});
