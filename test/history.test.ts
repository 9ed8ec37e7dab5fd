// /history: pages of the log in both directions, over both buses, from memory and from the log, across gaps.

import { expect, test } from 'vitest';
import { compareIds, type Id } from '../src/entry.ts';
import { ask } from './support/ask.ts';
import { onEachBus, onRedis } from './support/bracket.ts';
import { problemDetail, publish, publishAll, publishMany } from './support/publisher.ts';
import { ALL, ASKING, bearer } from './support/token.ts';
import { until } from './support/until.ts';

interface Page {
  readonly messages: readonly { readonly id: string; readonly data: string }[];
  readonly position: string;
  readonly complete: boolean;
  readonly next: string | null;
}

async function page(url: string, query = ''): Promise<Page> {
  const answer = await ask(`${url}/history?${query}`);
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return JSON.parse(answer.text) as Page;
}

/** All pages from the first on. */
async function pages(url: string, query: string): Promise<Page[]> {
  const all = [await page(url, query)];
  for (let next = all[0]?.next; next != null; next = all.at(-1)?.next)
    all.push(await page(url, `${query.replace(/&after=.*/, '')}&after=${next}`));
  return all;
}
const byId = (a: string, b: string) => compareIds(a as Id, b as Id);
const ids = (all: readonly Page[]) => all.flatMap(({ messages }) => messages.map(({ id }) => id));

onEachBus('GET /history', (bracket) => {
  test('H1: a message is shown with all it has', async () => {
    const { url } = await bracket.start();
    const id = await publish(url, { channel: ['a', 'b'], event: 'paid', message: 'one\r\ntwo\n' });
    await publish(url, { channel: 'c', message: 'other' });
    const plain = await publish(url, { channel: 'b', message: { n: 1 } });
    const { messages, ...rest } = await page(url, 'channel=a&channel=b');
    expect(messages).toEqual([
      { id, channels: ['a', 'b'], event: 'paid', data: 'one\ntwo\n', time: expect.stringMatching(/^\d{4}-.*Z$/) },
      { id: plain, channels: ['b'], event: 'message', data: '{"n":1}', time: expect.any(String) },
    ]);
    expect(rest).toEqual({ position: plain, complete: true, next: null });
    expect(Date.parse((messages[0] as unknown as { time: string }).time)).toBe(Number(id.split('-')[0]));
  });

  test('H2: pages lead on to the end, in both directions, and hold every message once', async () => {
    const { url } = await bracket.start();
    const sent = await publishMany(url, 2_500, 'a');
    await publishMany(url, 30, 'b');
    const forward = await pages(url, 'channel=a&limit=400');
    expect(forward.map(({ messages }) => messages.length)).toEqual([400, 400, 400, 400, 400, 400, 100]);
    expect(ids(forward)).toEqual(sent);
    const backward = await pages(url, 'channel=a&limit=400&reverse=1');
    expect(ids(backward)).toEqual(sent.toReversed());
    expect([...forward, ...backward].every(({ complete }) => complete)).toBe(true);
    const rest = await pages(url, `channel=a&limit=1000&after=${sent[2_000]}`);
    expect(ids(rest)).toEqual(sent.slice(2_001));
    expect(ids(await pages(url, `channel=a&limit=1000&reverse=1&after=${sent[1_200]}`))).toEqual(
      sent.slice(0, 1_200).toReversed(),
    );
  });

  test('H3: a stream from the position of a page misses nothing and doubles nothing', async () => {
    const { url } = await bracket.start();
    const sent = await publishMany(url, 50, 'a');
    for (const query of ['limit=20', 'reverse=1&limit=20', `after=${sent[10]}&limit=5`, `after=${sent.at(-1)}`]) {
      const { messages, position } = await page(url, `channel=a&${query}`);
      const newest = messages
        .map(({ id }) => id)
        .toSorted((a, b) => sent.indexOf(a) - sent.indexOf(b))
        .at(-1);
      const stream = await bracket.open(url, { query: 'channel=a', headers: { 'Last-Event-ID': position } });
      const expected = sent.slice(sent.indexOf(newest ?? (sent.at(-1) as string)) + 1);
      const live = await publish(url, { channel: 'a', message: 'live' });
      const events = await stream.takeUntil(({ id, event }) => event === 'message' && id === live);
      expect(events[0]).toMatchObject({ event: 'fanfare:open', data: expect.stringContaining('"resumed":true') });
      expect(events.slice(1).map(({ id }) => id)).toEqual([...expected, live]);
      sent.push(live);
      stream.close();
    }
  });

  test('H3: what is missing is said: trimmed, unknown or not a cursor at all', async () => {
    const { url } = await bracket.start({ HISTORY_SIZE: '20' });
    const first = await publish(url, { message: 'first' });
    const sent = await publishMany(url, 60, 'messages');
    await until('the log is trimmed', async () => (await page(url)).messages.length <= 20);
    const kept = sent.slice(-(await page(url)).messages.length);
    expect(await page(url, `after=${first}`)).toMatchObject({ complete: false, messages: kept.map((id) => ({ id })) });
    expect(await page(url)).toMatchObject({ complete: true });
    expect(await page(url, 'after=earliest')).toMatchObject({ complete: true, messages: kept.map((id) => ({ id })) });
    for (const wrong of ['x', '999999999999999-0', '%ff', '0-0x'])
      expect(await page(url, `after=${wrong}`)).toEqual({
        messages: [],
        position: sent.at(-1),
        complete: false,
        next: null,
      });
    const back = await page(url, `reverse=1&after=${first}`);
    expect(back).toMatchObject({ complete: false, messages: [], next: null });
  });

  test('H2: where a channel is rare, pages lead on without a message', async () => {
    const { url } = await bracket.start();
    const rare = [await publish(url, { channel: 'rare', message: 'a' })];
    await publishMany(url, 12_000, 'busy');
    rare.push(await publish(url, { channel: 'rare', message: 'b' }));
    for (const query of ['channel=rare', 'channel=rare&reverse=1']) {
      const all = await pages(url, query);
      expect(all.length).toBeGreaterThan(1);
      expect(ids(all).toSorted()).toEqual(rare.toSorted());
    }
  });

  test('H2: a page has 4 MiB at most as JSON has them, and the next one goes on', async () => {
    const { url } = await bracket.start();
    // Six bytes each in JSON.
    const message = '\x01'.repeat(65_000);
    const sent: string[] = [];
    for (let count = 0; count < 24; count += 2)
      sent.push(
        ...(await publishAll(url, [
          { message, channel: 'a' },
          { message, channel: 'a' },
        ])),
      );
    for (const query of ['channel=a', 'channel=a&reverse=1']) {
      const all = await pages(url, query);
      expect(all.map(({ messages }) => messages.length)).toEqual([10, 10, 4]);
      expect(all.every((each) => JSON.stringify(each).length <= 4_194_304)).toBe(true);
      expect(ids(all).toSorted(byId)).toEqual(sent);
    }
  });

  test('H4: who may not listen sees nothing, and no name of a channel that is not for him', async () => {
    const { url } = await bracket.start(ASKING);
    await publish(url, { channel: ['open', 'secret'], message: 'a' }, await bearer(ALL));
    const headers = await bearer({ subscribe: ['open'] });
    problemDetail(await ask(`${url}/history?channel=secret`, { headers }), 403);
    problemDetail(await ask(`${url}/history?channel=open`), 401);
    const answer = await ask(`${url}/history?channel=open`, { headers });
    expect(JSON.parse(answer.text)).toMatchObject({ messages: [{ channels: ['open'], data: 'a' }] });
    expect(answer.text).not.toContain('secret');
  });

  test.each(['limit=0', 'limit=1001', 'limit=x', 'reverse=2', 'reverse=yes', 'channel=', 'channel=a%0A'])(
    'H1: %s is refused',
    async (query) => {
      problemDetail(await ask(`${(await bracket.start()).url}/history?${query}`), 400);
    },
  );
});

onRedis('GET /history over a log that lost messages', (bracket, server) => {
  test('H3: a page ends before a loss, and the next one says so', async () => {
    const { url } = await bracket.start();
    const before = await publishAll(url, [{ message: 'a' }, { message: 'b' }]);
    await server().stop();
    await server().start();
    await until('it is back', async () => (await ask(`${url}/readyz`)).status === 200);
    await until('it takes messages', async () => (await ask(`${url}/history`)).status === 200);
    const after = await publishAll(url, [{ message: 'c' }]);
    const all = await pages(url, `after=${before[0]}`);
    expect(ids(all).at(-1)).toBe(after[0]);
    expect(all.map(({ complete }) => complete)).toContain(false);
  });
});
