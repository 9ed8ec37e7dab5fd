// Thousands of publishes at random, most of them nearly right: none breaks the server, whoever is refused is told what to
// change, and whatever is accepted comes once, literally, and alone.

import { Agent, type IncomingMessage, request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startFuzzed } from './support/fuzzed-replica.ts';
import { anyPost, LISTENED, type Post } from './support/publish-arbitraries.ts';
import { keyOf, type Meant, meantBy } from './support/publish-oracle.ts';
import { problemDetail } from './support/publisher.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { Subscriber } from './support/subscriber.ts';
import { describeWith } from './support/tools.ts';

const RUNS = 3_000;
const LIMIT_MS = 120_000;
const LOG = 'fanfare:{0}:log';

let redis: RedisServer;

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

async function send(url: string, { body, headers }: Post): Promise<Answered> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(`${url}/send`, { method: 'POST', agent, headers });
    sent.on('response', resolve).on('error', reject).end(body);
  });
  let text = '';
  for await (const piece of response.setEncoding('utf8')) text += String(piece);
  const said = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
  return { status: response.statusCode ?? 0, headers: said, text };
}

/** What has been accepted, and who hears of it. */
class Audience {
  readonly #reader: Subscriber;
  readonly #keys = new Map<string, string>();
  accepted = 0;
  refused = 0;
  messages = 0;

  constructor(reader: Subscriber) {
    this.#reader = reader;
  }

  /** Expects that this answer is right, and that what follows from it is all that has come. */
  async expectRight(post: Post, answer: Answered): Promise<void> {
    expect(answer.status).toBeLessThan(500);
    if (answer.status >= 400) {
      this.refused += 1;
      problemDetail(answer, answer.status);
      return;
    }
    this.accepted += 1;
    const meant = meantBy(post);
    const ids = answer.status === 303 ? undefined : idsOf(answer);
    if (ids !== undefined) expect(ids).toHaveLength(meant.length);
    if (this.#isRepeated(post, answer)) return;
    this.messages += meant.length;
    for (const [index, message] of meant.entries()) await this.#expectHeard(message, ids?.[index]);
  }

  async #expectHeard(message: Meant, id: string | undefined): Promise<void> {
    if (!message.channels.some((channel) => LISTENED.includes(channel))) return;
    const event = await this.#reader.next();
    expect(event.event).toBe(message.event);
    expect(message.isData(event.data), `${JSON.stringify(event.data)} is not what was sent`).toBe(true);
    if (id !== undefined) expect(event.id).toBe(id);
  }

  /** A known key brings the first answer and nothing else (P4). */
  #isRepeated(post: Post, { status, text }: Answered): boolean {
    const key = keyOf(post);
    if (key === undefined) return false;
    const known = this.#keys.get(key);
    if (known === undefined) this.#keys.set(key, text);
    else if (status !== 303 && known !== '') expect(text).toBe(known);
    return known !== undefined;
  }
}

function idsOf({ status, text }: Answered): readonly string[] {
  expect(status).toBe(201);
  const { id, ids } = JSON.parse(text) as { readonly id?: string; readonly ids?: readonly string[] };
  return ids ?? [id as string];
}

describeWith(['redis-server'], 'Publishes at random', () => {
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    agent.destroy();
    await redis.end();
  });

  test('P1, P6, P7, S3: what is refused is told why, what is accepted comes once and literally, and nothing breaks', {
    timeout: LIMIT_MS,
  }, async () => {
    const { url, expectUnharmed } = await startFuzzed({ REDIS_URL: redis.url });
    const query = new URLSearchParams(LISTENED.map((name) => ['channel', name])).toString();
    const reader = await Subscriber.open(url, { query });
    onTestFinished(() => reader.close());
    expect((await reader.next()).event).toBe('fanfare:open');
    const audience = new Audience(reader);
    const before = await redis.client.xlen(LOG);
    await fc.assert(
      fc.asyncProperty(anyPost, async (post) => audience.expectRight(post, await send(url, post))),
      { numRuns: RUNS },
    );
    const last: Post = {
      body: Buffer.from('message=last'),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    };
    await audience.expectRight(last, await send(url, last));
    expect(await redis.client.xlen(LOG)).toBe(before + audience.messages);
    // Both happen a lot, or little has been tried.
    expect(Math.min(audience.accepted, audience.refused)).toBeGreaterThan(RUNS / 6);
    await expectUnharmed();
  });
});
