// Every limit that the description has for requests, tried from both of its sides: so its numbers are the server's.

import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { ask } from './support/ask.ts';
import { onEachBus } from './support/bracket.ts';
import { at, description, type Part } from './support/description.ts';
import { type Answer, postForm, postJson } from './support/publisher.ts';

const SCHEMAS = '/components/schemas';
const names = (count: number) => Array.from({ length: count }, (_, i) => `c${i}`);
const text = (length: number) => 'x'.repeat(length);

/** With HEAD, which asks as much and has no stream to end. */
const listen = (url: string, query: string) => ask(`${url}/stream?${query}`, { method: 'HEAD' });
const channels = (list: readonly string[]) => new URLSearchParams(list.map((name) => ['channel', name])).toString();

/** A limit of the description → a request that asks for so much. */
const LIMITS: Record<string, (url: string, amount: number) => Promise<Answer>> = {
  '/paths/~1stream/parameters/0/schema/maxItems': (url, n) => listen(url, channels(names(n))),
  '/paths/~1stream/parameters/1/schema/minimum': (url, n) => listen(url, `last=${n}`),
  '/paths/~1stream/parameters/1/schema/maximum': (url, n) => listen(url, `last=${n}`),
  ...Object.fromEntries(
    ['minimum', 'maximum'].flatMap((bound) => [
      [`/paths/~1history/get/parameters/2/schema/${bound}`, (url, n) => ask(`${url}/history?limit=${n}`)] as const,
      [`/paths/~1history/get/parameters/3/schema/${bound}`, (url, n) => ask(`${url}/history?reverse=${n}`)] as const,
      [`/paths/~1channels/get/parameters/1/schema/${bound}`, (url, n) => ask(`${url}/channels?limit=${n}`)] as const,
    ]),
  ),
  '/paths/~1history/get/parameters/0/schema/maxItems': (url, n) => ask(`${url}/history?${channels(names(n))}`),
  '/paths/~1send/post/parameters/0/schema/minLength': (url, n) =>
    postJson(url, { message: 'm' }, { 'Idempotency-Key': text(n) }),
  '/paths/~1send/post/parameters/0/schema/maxLength': (url, n) =>
    postJson(url, { message: 'm' }, { 'Idempotency-Key': text(n) }),
  [`${SCHEMAS}/Name/minLength`]: (url, n) => listen(url, channels([text(n)])),
  [`${SCHEMAS}/Name/maxLength`]: (url, n) => postJson(url, { message: 'm', channel: text(n), event: text(n) }),
  [`${SCHEMAS}/Retry/anyOf/0/minimum`]: (url, n) => postJson(url, { message: 'm', retry: n }),
  [`${SCHEMAS}/Retry/anyOf/0/maximum`]: (url, n) => postForm(url, `message=m&retry=${n}`),
  [`${SCHEMAS}/Channels/anyOf/1/minItems`]: (url, n) => postJson(url, { message: 'm', channel: names(n) }),
  [`${SCHEMAS}/Channels/anyOf/1/maxItems`]: (url, n) => postForm(url, `message=m&${channels(names(n))}`),
  [`${SCHEMAS}/Message/properties/message/anyOf/0/maxLength`]: (url, n) => postJson(url, { message: text(n) }),
  [`${SCHEMAS}/Batch/minItems`]: (url, n) => postJson(url, Array(n).fill({ message: 'm' })),
  [`${SCHEMAS}/Batch/maxItems`]: (url, n) => postJson(url, Array(n).fill({ message: 'm' })),
  [`${SCHEMAS}/Form/properties/message/maxLength`]: (url, n) => postForm(url, `message=${text(n)}`),
};

/** A number of bytes that only the words have → a request with so many. */
const LIMITS_IN_WORDS: Record<string, [pointer: string, request: (url: string, bytes: number) => Promise<Answer>]> = {
  'a URL': ['/paths/~1stream/parameters/0/description', (url, n) => listen(url, `x=${text(n - '/stream?x='.length)}`)],
  'a batch': [`${SCHEMAS}/Batch/description`, (url, n) => postJson(url, `[{"message":"m"}${' '.repeat(n - 17)}]`)],
};

const KEYWORDS = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'];

/** Where the limits are in a part of the document and in what it refers to. */
function limitsIn(pointer: string): string[] {
  const part = at(pointer) as Part;
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]) => {
    if (name === '$ref') return limitsIn(String(value).slice(1));
    const inside = `${pointer}/${name.replaceAll('/', '~1')}`;
    return KEYWORDS.includes(name) ? [inside] : limitsIn(inside);
  });
}

test('every limit on requests is tried', () => {
  const asked = Object.entries(description.paths).flatMap(([path, item]) => {
    const pointer = `/paths/${path.replaceAll('/', '~1')}`;
    const operations = Object.keys(item).filter((name) => name !== 'parameters');
    const parts = operations.flatMap((method) => [`${method}/parameters`, `${method}/requestBody`]);
    return ['parameters', ...parts].map((part) => `${pointer}/${part}`).filter((part) => at(part) !== undefined);
  });
  expect(new Set(asked.flatMap(limitsIn))).toEqual(new Set(Object.keys(LIMITS)));
});

test('the numbers of bytes and of milliseconds in the words are the defaults of settings, or tried', () => {
  const { maxMessageBytes, maxBatchBytes, heartbeatMs } = readConfig({}, 'test');
  const known = [255, 16_384, maxMessageBytes, maxBatchBytes, heartbeatMs, 2.5 * heartbeatMs];
  const found = JSON.stringify(description).matchAll(/(\d+) (?:bytes|ms)\b/g);
  expect(new Set([...found].map(([, number]) => Number(number)))).toEqual(new Set(known));
});

onEachBus('A limit of the description', (bracket) => {
  test.each(Object.entries(LIMITS))('%s', async (pointer, request) => {
    const { url } = await bracket.start();
    const limit = at(pointer) as number;
    const beyond = pointer.includes('/min') ? limit - 1 : limit + 1;
    expect((await request(url, limit)).status).toBeLessThan(300);
    expect([400, 413]).toContain((await request(url, beyond)).status);
  });

  test.each(Object.entries(LIMITS_IN_WORDS))(
    '%s has at most so many bytes as the words say',
    async (_what, [pointer, request]) => {
      const { url } = await bracket.start();
      const bytes = Number(/(\d+) bytes/.exec(at(pointer) as string)?.[1]);
      expect((await request(url, bytes)).status).toBeLessThan(300);
      expect([413, 414]).toContain((await request(url, bytes + 1)).status);
    },
  );
});
