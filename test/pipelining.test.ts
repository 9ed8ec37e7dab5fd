// Requests that come before the ones ahead of them are answered: all are answered in their order, but those that nobody
// could ever answer end the connection.

import { expect, onTestFinished, test } from 'vitest';
import { publish } from './support/publisher.ts';
import { answersIn, detailOf } from './support/raw-answers.ts';
import { metric } from './support/replica.ts';
import { startSeenReplica } from './support/seen-replica.ts';
import { until } from './support/until.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`;
const LAST = 'GET /livez HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n';
const LIVE = '{"status":"live"}';
const DEEP = 1_000;

function post(message: string): string {
  const body = JSON.stringify({ message });
  return `POST /send HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const numbered = (make: (index: number) => string, count = DEEP) => Array.from({ length: count }, (_, i) => make(i));

test('P7: a thousand requests in one packet are answered in their order', async () => {
  const { connect } = await startSeenReplica();
  const connection = await connect();
  // One in two is answered at once, the other after a file has been looked for.
  connection.send(numbered((i) => get(i % 2 ? `/nothing-${i}` : '/livez'), DEEP - 1).join('') + LAST);
  await connection.closed();
  const answers = answersIn(connection.text);
  const said = answers.map((answer) => (answer.status === 404 ? detailOf(answer) : answer.body));
  const expected = numbered((i) => (i % 2 ? `There is nothing at /nothing-${i}.` : LIVE), DEEP - 1);
  expect(said).toEqual([...expected, LIVE]);
});

test('P3: a thousand publishes in one packet are each taken once, and answered in their order', async () => {
  const { connect, stream } = await startSeenReplica();
  const reader = await stream();
  const connection = await connect();
  connection.send(numbered((i) => post(`m ${i}`)).join(''));
  await reader.has(`data: m ${DEEP - 1}\n\n`);
  await until('all are answered', () => connection.text.split('HTTP/1.1 201 ').length > DEEP);
  const ids = answersIn(connection.text).map(({ body }) => (JSON.parse(body) as { id: string }).id);
  const events = [...reader.text.matchAll(/id: (\S+)\ndata: (m \d+)\n\n/g)];
  expect(new Map(events.map(([, id, data]) => [data, id]))).toEqual(new Map(ids.map((id, i) => [`m ${i}`, id])));
  expect(events).toHaveLength(DEEP);
});

test.each([
  ['a request', get('/livez')],
  ['a publish', post('m')],
  ['another stream', get('/stream')],
  ['a thousand requests', numbered(() => get('/livez'), DEEP - 10).join('')],
  ['what is no HTTP', 'nonsense\r\n\r\n'],
])('S1: %s behind a stream that stands behind a request, in one packet, ends it', async (_what, behind) => {
  const { replica, connect, connections } = await startSeenReplica();
  for (const before of [get('/livez'), get('/nothing')]) {
    const connection = await connect();
    connection.send(before + get('/stream') + behind);
    await connection.closed();
    // The one before it, and the stream's where it began before that was known.
    expect([1, 2]).toContain(connection.text.match(/HTTP\/1\.1 \d+/g)?.length);
  }
  await until('no stream is left', async () => (await metric(replica, 'fanfare_streams')) === 0);
  await until('nor a connection', async () => (await connections()) === 0);
});

test('S1: streams that wait behind a request load their connection with nothing, and end it', async () => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  onTestFinished(() => void process.off('warning', warn));
  const { connect, connections } = await startSeenReplica();
  const connection = await connect();
  connection.send(get('/nothing') + numbered(() => get('/stream'), 20).join(''));
  await connection.closed();
  await until('no connection is left', async () => (await connections()) === 0);
  expect(warnings).toEqual([]);
});

test('S1: an unfinished request behind a stream is given no more time than another, and then ends it', async () => {
  const { replica, server, connect } = await startSeenReplica();
  server.headersTimeout = 50;
  const connection = await connect();
  connection.send(`${get('/livez')}${get('/stream')}GET /livez HT`);
  await connection.has('fanfare:open');
  await connection.closed();
  expect(connection.text.match(/HTTP\/1\.1 \d+/g)).toHaveLength(2);
  await until('no stream is left', async () => (await metric(replica, 'fanfare_streams')) === 0);
});

test('S1: a request behind a refused stream is answered', async () => {
  const { connect } = await startSeenReplica();
  const connection = await connect();
  connection.send(get('/livez') + get('/stream?channel=') + LAST);
  await connection.closed();
  expect(answersIn(connection.text).map(({ status }) => status)).toEqual([200, 400, 200]);
});

test('P7: who sends more than a thousand requests ahead is broken off, and nobody else notices', async () => {
  const { replica, sockets, connect, stream } = await startSeenReplica();
  const reader = await stream();
  const flood = await connect();
  flood.send(numbered(() => get('/nothing'), 20 * DEEP).join(''));
  await flood.closed();
  expect(flood.text.match(/HTTP\/1/g) ?? []).not.toHaveLength(20 * DEEP);
  await until('its socket is gone', () => sockets[1]?.destroyed === true);
  await publish(replica.url, { message: 'm' });
  await reader.has('data: m\n\n');
});

test.each([
  ['that wants the connection closed', LAST, 200],
  ['in HTTP/1.0', 'GET /livez HTTP/1.0\r\n\r\n', 200],
  ['with two hosts', get('/livez').replace('\r\n', '\r\nHost: other\r\n'), 400],
])(
  'P5: a publish behind a request %s is not carried out, since nobody could be told',
  async (_what, before, status) => {
    const { replica, connect, stream } = await startSeenReplica();
    const reader = await stream();
    const connection = await connect();
    connection.send(get('/nothing') + before + post('unanswered'));
    await connection.closed();
    expect(answersIn(connection.text).map((answer) => answer.status)).toEqual([404, status]);
    await publish(replica.url, { message: 'next' });
    await reader.has('data: next\n\n');
    expect(reader.text).not.toContain('unanswered');
  },
);
