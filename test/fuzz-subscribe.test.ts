// Thousands of requests for a stream at random: each is refused with what to change, or is a stream of the channels that it
// names, that tells of a cursor which it cannot follow and carries what comes; and nothing is left of it.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changed, headerValue } from './support/changed-bytes.ts';
import { startFuzzed } from './support/fuzzed-replica.ts';
import { problemDetail, publish } from './support/publisher.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { metric } from './support/replica.ts';
import { type SeenEvent, Subscriber } from './support/subscriber.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const RUNS = 2_000;
const LIMIT_MS = 120_000;

const NAMES = [
  'channel',
  'channel',
  'channel',
  'last',
  'lastEventId',
  '__proto__',
  'constructor',
  'toString',
  'ticket',
  '',
];
const CHANNELS = ['messages', 'a', 'é🎺', '__proto__', 'fanfare:open', '*', ' ', 'a,b'];
const CURSORS = [
  'earliest',
  'unknown',
  '0-0',
  '1-1',
  '9999999999999-0',
  '999999999999999-999999999999999',
  '-',
  '$',
  '+1-1',
];
const NUMBERS = ['0', '1', '1000', '1001', '-1', '1e3', '٣', ''];
const TOKENS = [
  '%',
  '%ff',
  '%00',
  '%0a',
  '&',
  '&&',
  '=',
  '+',
  '#',
  '?',
  '/',
  '\\',
  ';',
  '\xff',
  '%ed%a0%80',
  '&last=1',
];

const text = fc.string({ unit: 'binary', maxLength: 20 });
const value = fc.oneof(fc.constantFrom(...CHANNELS, ...CURSORS, ...NUMBERS), text);
const pair = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...CHANNELS).map((channel) => ['channel', channel]) },
  { weight: 1, arbitrary: fc.constantFrom(...CURSORS).map((cursor) => ['lastEventId', cursor]) },
  { weight: 1, arbitrary: fc.constantFrom(...NUMBERS).map((last) => ['last', last]) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...NAMES), value) },
);
const query = fc.oneof(
  { weight: 9, arbitrary: fc.array(pair, { maxLength: 6 }) },
  { weight: 1, arbitrary: fc.array(pair, { minLength: 90, maxLength: 130 }) },
);
const encoded = query.map((pairs) => new URLSearchParams(pairs as [string, string][]).toString());
const bytes = encoded.map((each) => Buffer.from(each));
const raw = changed(bytes, TOKENS).map((each) =>
  Buffer.from(each)
    .toString('latin1')
    .replace(/[^\x21-\xff]|#/g, ''),
);

const headers = fc.record(
  {
    'Last-Event-ID': fc.oneof(fc.constantFrom(...CURSORS), headerValue),
    Accept: fc.constantFrom('*/*', 'text/html', 'application/json', ''),
    'Cache-Control': headerValue,
    Cookie: headerValue,
    'Accept-Encoding': fc.constantFrom('gzip, br', '*;q=0'),
    'X-Forwarded-For': headerValue,
    'X-Request-Id': headerValue,
    traceparent: headerValue,
  },
  { requiredKeys: [] },
);

interface Asked {
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}

const asked: fc.Arbitrary<Asked> = fc.record({ query: fc.oneof(encoded, raw), headers });

function channelsIn(queryText: string): readonly string[] {
  const named = new URLSearchParams(`&${queryText}`).getAll('channel');
  return [...new Set(named.length === 0 ? ['messages'] : named)].sort();
}

function hasCursor({ query: queryText, headers: said }: Asked): boolean {
  const header = said['Last-Event-ID']?.replace(/^[ \t]+|[ \t]+$/g, '') ?? '';
  return header !== '' || (new URLSearchParams(`&${queryText}`).get('lastEventId') ?? '') !== '';
}

let redis: RedisServer;
const seen = { streams: 0, refused: 0 };

async function expectRefused(stream: Subscriber): Promise<void> {
  seen.refused += 1;
  await stream.rest();
  const told = new Headers([['content-type', stream.headers['content-type'] ?? '']]);
  expect(stream.status).toBeLessThan(500);
  problemDetail({ status: stream.status, headers: told, text: stream.text }, stream.status);
}

/** Expects a stream that begins as it must and then carries one message, once. */
async function expectStream(url: string, stream: Subscriber, request: Asked): Promise<void> {
  seen.streams += 1;
  expect(stream.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const channels = channelsIn(request.query);
  const open = await stream.next();
  expect(open.event).toBe('fanfare:open');
  const { resumed, ...told } = JSON.parse(open.data) as { readonly resumed: boolean };
  expect(told).toEqual({ replica: 'child', channels });
  if (hasCursor(request) && !resumed) expect((await stream.next()).event).toBe('fanfare:reset');
  expect(stream.retries.length).toBeGreaterThan(0);
  const message = `${seen.streams}`;
  const id = await publish(url, { channel: channels.slice(0, 16), message });
  const events: SeenEvent[] = await stream.takeUntil((event) => event.id === id);
  expect(events.at(-1)).toEqual({ id, event: 'message', data: message });
  expect(events.filter(({ data }) => data === message)).toHaveLength(1);
  for (const { event } of events) expect(event).toBe('message');
}

describeWith(['redis-server'], 'Subscriptions at random', () => {
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.end());

  test('S1, S2, R3, S6: each is a stream that keeps its promises, or is told why not, and nothing is left of it', {
    timeout: LIMIT_MS,
  }, async () => {
    const replica = await startFuzzed({ REDIS_URL: redis.url, HISTORY_SIZE: '20' });
    await fc.assert(
      fc.asyncProperty(asked, async (request) => {
        const stream = await Subscriber.open(replica.url, request);
        try {
          if (stream.status === 200) await expectStream(replica.url, stream, request);
          else await expectRefused(stream);
        } finally {
          stream.close();
        }
      }),
      { numRuns: RUNS },
    );
    expect(Math.min(seen.streams, seen.refused)).toBeGreaterThan(RUNS / 20);
    await until('no stream is left', async () => (await metric(replica, 'fanfare_streams')) === 0);
    expect(await metric(replica, 'fanfare_channels')).toBe(0);
    await replica.expectUnharmed();
  });
});
