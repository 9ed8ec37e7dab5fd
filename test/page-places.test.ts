// Pages of /history that are built and on their way: few at a time, however many ask and do not read.

import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { PagePlaces } from '../src/page-places.ts';
import { OverLimit } from '../src/problem.ts';
import { ask } from './support/ask.ts';
import { postForm } from './support/publisher.ts';
import { answersIn, detailOf, type RawAnswer } from './support/raw-answers.ts';
import { metric } from './support/replica.ts';
import { startSeenReplica } from './support/seen-replica.ts';
import { until } from './support/until.ts';

const LONG_MS = 3_600_000;
const REQUEST = 'GET /history HTTP/1.1\r\nHost: test\r\n\r\n';
// More than the system takes of a connection that nobody reads: six bytes each in JSON.
const LARGE = '%01'.repeat(3_000_000);
const ROOM = { MAX_MESSAGE_BYTES: '3000000', HISTORY_BYTES: '20000000' };

function response(): ServerResponse {
  const socket = new Socket();
  const made = new ServerResponse(new IncomingMessage(socket));
  made.assignSocket(socket);
  return made;
}

test('L7: places go in order to those who still wait, as pages leave', async () => {
  const places = new PagePlaces({ places: 2, waiting: 10, holdMs: LONG_MS });
  const [a, b, c, d, e] = Array.from({ length: 5 }, response) as ServerResponse[];
  const seated: unknown[] = [];
  const take = (who: ServerResponse | undefined) =>
    places.take(who as ServerResponse).then((taken) => seated.push(taken ? who : 'gone'));
  const asked = [a, b, c, d, e].map(take);
  await Promise.all(asked.slice(0, 2));
  expect(seated).toEqual([a, b]);
  c?.destroy();
  await asked[2];
  b?.destroy();
  await asked[3];
  a?.destroy();
  await asked[4];
  expect(seated).toEqual([a, b, 'gone', d, e]);
  expect(await places.take(c as ServerResponse)).toBe(false);
});

test('L7: who comes when many wait is refused, and told when to come back', async () => {
  const places = new PagePlaces({ places: 1, waiting: 2, holdMs: LONG_MS });
  const [first, second, third, late] = Array.from({ length: 4 }, response) as [
    ServerResponse,
    ServerResponse,
    ServerResponse,
    ServerResponse,
  ];
  await places.take(first);
  const waiting = [places.take(second), places.take(third)];
  const refusal = await places.take(late).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(OverLimit);
  expect(refusal).toMatchObject({ status: 503, limit: 'history_pages', headers: { 'Retry-After': '1' } });
  third.destroy();
  expect(await waiting[1]).toBe(false);
  const again = places.take(late);
  first.destroy();
  expect(await waiting[0]).toBe(true);
  second.destroy();
  expect(await again).toBe(true);
  late.destroy();
});

test('L7: who takes no page is cut once it has had its time, while others wait', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const places = new PagePlaces({ places: 1, waiting: 2, holdMs: 1_000 });
  const [slow, slower, next] = Array.from({ length: 3 }, response) as [ServerResponse, ServerResponse, ServerResponse];
  await places.take(slow);
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(slow.destroyed).toBe(false);
  const asked = [places.take(slower), places.take(next)];
  await vi.advanceTimersByTimeAsync(1);
  expect(slow.destroyed).toBe(true);
  expect(await asked[0]).toBe(true);
  await vi.advanceTimersByTimeAsync(990);
  expect(slower.destroyed).toBe(false);
  await vi.advanceTimersByTimeAsync(10);
  expect(slower.destroyed).toBe(true);
  expect(await asked[1]).toBe(true);
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(next.destroyed).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

test('L7: of many that do not read only four have a page, and who goes makes room', async () => {
  const { replica, sockets, connect } = await startSeenReplica(ROOM);
  expect(await postForm(replica.url, `message=${LARGE}`)).toMatchObject({ status: 201 });
  const before = sockets.length;
  const connections = await Promise.all(Array.from({ length: 12 }, connect));
  const holding = () => sockets.slice(before).filter(({ writableLength }) => writableLength > 0).length;
  for (const connection of connections) {
    connection.socket.pause();
    connection.send(REQUEST);
  }
  await until('all places are taken', () => holding() === 4);
  // Whoever asks behind them waits.
  const waiting = await connect();
  waiting.send(REQUEST);
  expect((await ask(`${replica.url}/livez`)).status).toBe(200);
  expect(holding()).toBe(4);
  for (const connection of connections) {
    expect(waiting.text).toBe('');
    expect(holding()).toBeLessThanOrEqual(4);
    connection.close();
  }
  await waiting.has('"complete":true');
  expect(replica.errors).toEqual([]);
});

test('L7: pages that are asked for behind one another on one connection have one place', async () => {
  const { replica, connect } = await startSeenReplica(ROOM);
  await postForm(replica.url, `message=${LARGE}`);
  const greedy = await connect();
  greedy.socket.pause();
  greedy.send(REQUEST.repeat(20));
  const other = await connect();
  other.send(REQUEST);
  await other.has('"complete":true');
});

test('L7: what is refused is a problem that says what to change, and is counted', async () => {
  const { replica, connect } = await startSeenReplica(ROOM);
  await postForm(replica.url, `message=${LARGE}`);
  const asking = await Promise.all(Array.from({ length: 1_010 }, connect));
  for (const [index, connection] of asking.entries()) {
    if (index < 4) connection.socket.pause();
    connection.send(REQUEST);
  }
  const refused = () => asking.find(({ text }) => text.includes('HTTP/1.1 503') && text.endsWith('}'));
  await until('one is refused', () => refused() !== undefined);
  const [answer] = answersIn(refused()?.text as string) as [RawAnswer];
  expect(detailOf(answer)).toMatch(/more pages of history/);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(await metric(replica, 'fanfare_limited_total{limit="history_pages"}')).toBeGreaterThan(0);
  for (const connection of asking) connection.close();
});
