// Whichever way a request for a stream comes in, and whoever holds its socket then: what is answered is the same.

import { expect, test } from 'vitest';
import { onEachBus } from './support/bracket.ts';
import { publish, publishMany } from './support/publisher.ts';
import { RawConnection } from './support/raw-connection.ts';
import { IN_TWO, STREAM_REQUESTS, type StreamRequest, WHOLE } from './support/stream-requests.ts';
import { until } from './support/until.ts';

interface Answered {
  readonly head: readonly string[];
  readonly body: string;
}

/** Without what differs from one answer to the next: the date and the jitter. */
function parse(text: string): Answered {
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end).split('\r\n');
  return {
    head: head.filter((line) => !line.startsWith('Date: ')),
    body: text.slice(end + 4).replace(/^retry: \d+$/gm, 'retry: N'),
  };
}

/** An answer's length says where it ends. */
function complete(text: string): boolean {
  return parse(text).body.length === Number(/^content-length: (\d+)\r$/im.exec(text)?.[1]);
}

/** For how long a connection is kept is the one thing that may differ. */
function withoutConnection({ head, body }: Answered): Answered {
  return { head: head.filter((line) => !/^(connection|keep-alive): /i.test(line)), body };
}

onEachBus('Requests for a stream', (bracket) => {
  async function open(url: string): Promise<RawConnection> {
    const connection = await RawConnection.open(url);
    bracket.ending(() => connection.close());
    return connection;
  }

  async function refused(url: string, request: StreamRequest, query: string): Promise<Answered> {
    const connection = await open(url);
    await request.send(connection, `/stream?${query}`);
    await until('the answer is complete', () => complete(connection.text));
    // Nobody reads what would come behind it.
    if (request.handedOver) await connection.closed();
    return parse(connection.text);
  }

  /** Expects this refusal both of a socket that has left http and of one that has not, and returns its body. */
  async function expectSame(url: string, status: number, query = ''): Promise<string> {
    const [handedOver, kept] = [await refused(url, WHOLE, query), await refused(url, IN_TWO, query)];
    expect(handedOver.head[0]).toContain(`HTTP/1.1 ${status} `);
    expect(handedOver.head).toContain('Connection: close');
    expect(withoutConnection(handedOver)).toEqual(withoutConnection(kept));
    return handedOver.body;
  }

  test('S1, S2, R2: a stream has the same head and the same blocks, however it was asked for', async () => {
    const { url } = await bracket.start();
    await publishMany(url, 3, 'a');
    await bracket.published(url, { message: 'the last', channel: 'a' });
    const streams = await Promise.all(
      STREAM_REQUESTS.map(async (request) => {
        const connection = await open(url);
        await request.send(connection, '/stream?channel=a', 'Last-Event-ID: earliest\r\n');
        await connection.has('data: the last\n\n');
        return connection;
      }),
    );
    await publish(url, { message: 'live', channel: 'a' });
    for (const stream of streams) await stream.has('data: live\n\n');
    const [expected, ...others] = streams.map(({ text }) => parse(text)) as [Answered, ...Answered[]];
    expect(expected.head).toEqual([
      'HTTP/1.1 200 OK',
      'X-Content-Type-Options: nosniff',
      "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
      'Cross-Origin-Resource-Policy: same-origin',
      'Referrer-Policy: no-referrer',
      'Content-Type: text/event-stream',
      'Cache-Control: no-store',
      'X-Accel-Buffering: no',
      'Connection: close',
    ]);
    expect(expected.body.match(/^(event|data): .*$/gm)?.slice(2)).toEqual(
      ['a 1', 'a 2', 'a 3', 'the last', 'live'].map((text) => `data: ${text}`),
    );
    for (const [index, other] of others.entries()) expect(other, STREAM_REQUESTS[index + 1]?.what).toEqual(expected);
  });

  test.each([
    [400, 'an empty channel', 'channel='],
    [400, 'a channel that is no UTF-8', 'channel=%FF'],
    [400, 'too many to begin with', 'last=1001'],
    [400, 'too many channels', Array.from({ length: 101 }, (_, index) => `channel=${index}`).join('&')],
    [414, 'too long a URL', `x=${'x'.repeat(16_384)}`],
  ])('S1: %i for %s is the same whether a request comes in one piece or in two', async (status, _what, query) => {
    const { url } = await bracket.start();
    await expectSame(url, status, query);
  });

  test('S1: 503 over MAX_CONNECTIONS is the same whether a request comes in one piece or in two', async () => {
    const { url } = await bracket.start({ MAX_CONNECTIONS: '1' });
    await bracket.subscribed(url);
    await expectSame(url, 503);
  });

  test('R9: 503 of a replica that stops is the same whether a request comes in one piece or in two', async () => {
    const replica = await bracket.start();
    const streams = [await bracket.subscribed(replica.url), await bracket.subscribed(replica.url)];
    // The first stream goes at once, and the second one keeps the replica from ending.
    const stopped = replica.stop(3_600_000);
    const detail = await expectSame(replica.url, 503);
    expect(detail).toContain('stopping');
    for (const stream of streams) stream.close();
    await stopped;
  });

  test('S1: what http refuses by itself is refused however it comes', async () => {
    const { url } = await bracket.start();
    for (const [head, status] of [
      ['GET /stream HTTP/1.1\r\n\r\n', 400],
      ['GET /stream HTTP/1.1\r\nHost: test\r\nExpect: nonsense\r\n\r\n', 417],
    ] as const) {
      const connection = await open(url);
      connection.send(head);
      await connection.has(`HTTP/1.1 ${status} `);
    }
  });

  test('R2: of as many headers as are taken none is lost, and so no cursor', async () => {
    const { url } = await bracket.start();
    const id = await bracket.published(url, { message: 'first', channel: 'a' });
    await publish(url, { message: 'missed', channel: 'a' });
    for (const request of [WHOLE, IN_TWO]) {
      const connection = await open(url);
      // With Host before them and the cursor behind them they are 2,000.
      await request.send(connection, '/stream?channel=a', `${'A: b\r\n'.repeat(1_998)}Last-Event-ID: ${id}\r\n`);
      await connection.has('data: missed\n\n');
    }
  });
});
