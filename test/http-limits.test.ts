// Limits of one address and one subject, as replicas answer them. That they hold over a cluster is tried beside the proxy.

import { describe, expect, test } from 'vitest';
import { countedAddress } from '../src/limits/address.ts';
import { ask } from './support/ask.ts';
import { onEachBus } from './support/bracket.ts';
import { type Answer, postJson, problemDetail, publish, publishMany } from './support/publisher.ts';
import { RawConnection } from './support/raw-connection.ts';
import { metric } from './support/replica.ts';
import { ALL, ASKING, bearer } from './support/token.ts';
import { until } from './support/until.ts';

const from = (address: string) => ({ 'X-Forwarded-For': address });

onEachBus('Limits', (bracket) => {
  test('L1: an address has so many streams, of which one that ends makes room, and others are not touched', async () => {
    const [a, b] = await bracket.pair({ MAX_STREAMS_PER_ADDRESS: '2', TRUST_PROXY: 'true' });
    const headers = from('192.0.2.1');
    const first = await bracket.open(a.url, { headers });
    const second = await bracket.open(b.url, { headers });
    for (const { url } of [a, b]) {
      const answer = await ask(`${url}/stream`, { headers });
      expect(problemDetail(answer, 429)).toContain('has 2 streams open');
      expect(answer.headers.get('retry-after')).toBe('5');
    }
    expect((await ask(`${a.url}/stream`, { headers, method: 'HEAD' })).status).toBe(200);
    const other = await bracket.open(a.url, { headers: from('192.0.2.2') });
    const id = await publish(a.url, { message: 'a' });
    for (const stream of [first, second, other]) expect((await stream.take(2))[1]).toMatchObject({ id });
    expect(await metric(b, 'fanfare_limited_total{limit="streams_address"}')).toBeGreaterThan(0);
    expect(await metric(b, 'fanfare_streams_rejected_total{reason="rate"}')).toBeGreaterThan(0);
    first.close();
    await until('there is room', async () => (await bracket.open(b.url, { headers })).status === 200);
    expect((await bracket.open(a.url, { headers })).status).toBe(429);
  });

  test('L1: a subject has so many streams, wherever it comes from', async () => {
    const [a, b] = await bracket.pair({ ...ASKING, MAX_STREAMS_PER_SUBJECT: '1', TRUST_PROXY: 'true' });
    const ann = { ...(await bearer(ALL)), ...from('192.0.2.1') };
    expect((await bracket.open(a.url, { headers: ann })).status).toBe(200);
    const answer = await ask(`${b.url}/stream`, { headers: { ...(await bearer(ALL)), ...from('192.0.2.2') } });
    expect(problemDetail(answer, 429)).toContain('You have 1 streams open');
    const ben = { ...(await bearer({ ...ALL, sub: 'ben' })), ...from('192.0.2.1') };
    expect((await bracket.open(b.url, { headers: ben })).status).toBe(200);
  });

  test('L2: an address asks for so many streams in a second', async () => {
    const [a, b] = await bracket.pair({ MAX_CONNECTS_PER_ADDRESS: '3' });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => ask(`${(i % 2 ? a : b).url}/stream`)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(9);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(problemDetail(refused[0] as (typeof answers)[0], 429)).toContain('more than 3 streams a second');
    await until('it may again', async () => (await ask(`${a.url}/stream`)).status === 200);
  });

  test('L2: who only asks whether there would be a stream asks for one', async () => {
    const { url } = await bracket.start({ MAX_CONNECTS_PER_ADDRESS: '3' });
    const head = () => ask(`${url}/stream`, { method: 'HEAD' });
    const answers = await Promise.all(Array.from({ length: 12 }, head));
    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    await until('it may again', async () => (await head()).status === 200);
  });

  test('L2: what waits for its turn on a connection that has ended counts for nothing', async () => {
    const { url } = await bracket.start({ MAX_CONNECTS_PER_ADDRESS: '3', HEARTBEAT_MS: '600000' });
    const connection = await RawConnection.open(url);
    connection.send('GET /stream HTTP/1.1\r\nHost: test\r\n\r\n'.repeat(20));
    await connection.closed();
    for (let opened = 0; opened < 2; opened += 1)
      expect(await (await bracket.open(url)).next()).toMatchObject({ event: 'fanfare:open' });
  });

  test('L3: a subject sends so many messages in a second, and a batch counts with all of its own', async () => {
    const [a, b] = await bracket.pair({ ...ASKING, MAX_PUBLISHES_PER_SUBJECT: '20' });
    const ann = await bearer(ALL);
    const stream = await bracket.open(a.url, { headers: ann });
    const batch = (length: number) => Array.from({ length }, (_, i) => ({ message: `${i}` }));
    const sent: string[] = [];
    /** Sends until it is refused, which a slow machine may put off. */
    async function refusal(headers: Record<string, string>): Promise<Answer> {
      for (;;) {
        const answer = await postJson((sent.length % 2 === 0 ? a : b).url, batch(20), headers);
        if (answer.status !== 201) return answer;
        sent.push(...batch(20).map(({ message }) => message));
      }
    }
    const over = await refusal(ann);
    expect(problemDetail(over, 429)).toContain('You send more than 20 messages a second');
    expect(over.headers.get('retry-after')).toBe('1');
    expect(problemDetail(await postJson(b.url, batch(21), ann), 413)).toContain('this batch has 21: split it');
    const before = sent.length;
    await refusal(await bearer({ ...ALL, sub: 'ben' }));
    expect(sent.length).toBeGreaterThan(before);
    await until('it may again', async () => (await postJson(b.url, { message: 'again' }, ann)).status === 201);
    const data = (await stream.take(sent.length + 2)).slice(1).map((event) => event.data);
    expect(data).toEqual([...sent, 'again']);
    const counted = [a, b].map((each) => metric(each, 'fanfare_limited_total{limit="publishes_subject"}'));
    expect(Math.max(...(await Promise.all(counted)))).toBeGreaterThan(0);
  });

  test('L3: the address counts beside the subject', async () => {
    const { url } = await bracket.start({ MAX_PUBLISHES_PER_ADDRESS: '5' });
    let answer = await postJson(url, { message: 'a' });
    while (answer.status === 201) answer = await postJson(url, { message: 'a' });
    expect(problemDetail(answer, 429)).toContain('Your address sends more than 5 messages a second');
  });

  test('L3, P4: what was added before is answered so, although all is used up, and what was not is added once it may', async () => {
    const { url } = await bracket.start({ MAX_PUBLISHES_PER_ADDRESS: '2' });
    const stream = await bracket.open(url);
    const send = (key: string) => postJson(url, { message: key }, { 'Idempotency-Key': key });
    const first = await send('first');
    const sent = ['first'];
    let refused: string | undefined;
    while (refused === undefined) {
      const key = `key-${sent.length}`;
      if ((await send(key)).status === 429) refused = key;
      else sent.push(key);
    }
    expect(await send('first')).toMatchObject({ status: 201, text: first.text });
    const conflict = await postJson(url, { message: 'other' }, { 'Idempotency-Key': 'first' });
    expect(problemDetail(conflict, 422)).toContain('another body');
    await until('it may again', async () => (await send(refused)).status === 201);
    const data = (await stream.take(sent.length + 2)).slice(1).map((event) => event.data);
    expect(data).toEqual([...sent, refused]);
  });

  test('L4: sizes and numbers that a setting bounds are refused beyond it, and counted', async () => {
    const env = {
      MAX_MESSAGE_BYTES: '10',
      MAX_BATCH_BYTES: '100',
      MAX_CHANNELS_PER_STREAM: '2',
      MAX_HEADER_BYTES: '2000',
    };
    const replica = await bracket.start(env);
    const { url } = replica;
    problemDetail(await postJson(url, { message: 'x'.repeat(11) }), 413);
    problemDetail(
      await postJson(
        url,
        Array.from({ length: 9 }, () => ({ message: 'a' })),
      ),
      413,
    );
    problemDetail(await postJson(url, { message: 'a', channel: 'c'.repeat(200) }), 413);
    expect(problemDetail(await ask(`${url}/stream?channel=a&channel=b&channel=c`), 400)).toContain(
      'at most 2 channels',
    );
    expect((await postJson(url, [{ message: 'x'.repeat(10) }])).status).toBe(201);
    const wide = await ask(`${url}/livez`, { headers: { Wide: 'x'.repeat(2_000) } });
    expect(problemDetail(wide, 431)).toContain('at most 2000 bytes');
    const counted = (limit: string) => metric(replica, `fanfare_limited_total{limit="${limit}"}`);
    expect(await counted('message_bytes')).toBe(1);
    expect(await counted('batch_bytes')).toBe(2);
    expect(await counted('stream_channels')).toBe(1);
    expect(await counted('header_bytes')).toBe(1);
  });

  test.each([
    ['many elements', `[${'{},'.repeat(300_000)}`, 'batch_messages', /at most 1000 messages, not 300001/],
    ['one message of many', `{"message":[${'1,'.repeat(400_000)}`, 'message_bytes', /at most/],
    ['a large message among others', `[{"message":1},{"message":[${'[],'.repeat(200_000)}`, 'message_bytes', /at most/],
  ])(
    'L4: %s are refused before they are parsed, which takes longer than others should wait',
    async (_what, body, limit, named) => {
      const replica = await bracket.start();
      // It has no end: who parses it says that.
      expect(problemDetail(await postJson(replica.url, body), 413)).toMatch(named);
      expect(await metric(replica, `fanfare_limited_total{limit="${limit}"}`)).toBe(1);
    },
  );

  test('L5: who is far behind gets so many messages a connection, and all of them in the end', async () => {
    const replica = await bracket.start({ MAX_REPLAY: '250' });
    const { url } = replica;
    const first = await publish(url, { message: 'first' });
    const ids = await publishMany(url, 1_000, 'messages');
    const seen: string[] = [];
    let cursor = first;
    for (let connections = 1; seen.length < ids.length; connections += 1) {
      expect(connections).toBeLessThanOrEqual(4);
      const stream = await bracket.open(url, { headers: { 'Last-Event-ID': cursor } });
      const events = connections < 4 ? await stream.rest() : await stream.take(251);
      const messages = events.filter(({ event }) => event === 'message').map(({ id }) => id as string);
      expect(messages).toHaveLength(250);
      if (connections < 4) expect(events.at(-1)).toMatchObject({ event: 'fanfare:close', data: '{"reason":"replay"}' });
      seen.push(...messages);
      cursor = stream.lastEventId as string;
    }
    expect(seen).toEqual(ids);
    expect(await metric(replica, 'fanfare_limited_total{limit="replay"}')).toBe(3);
    expect(await metric(replica, 'fanfare_streams_closed_total{reason="replay"}')).toBe(3);
  });

  test('L1, L6: an EventSource that is over a limit is told to come back, and a replica that is asked directly does that itself', async () => {
    const direct = await bracket.start({ MAX_CONNECTIONS: '1', MAX_STREAMS_PER_ADDRESS: '2' });
    const { url } = direct;
    const behind = await bracket.start({ MAX_CONNECTIONS: '1', TRUST_PROXY: 'true' });
    for (const each of [url, behind.url]) expect((await bracket.open(each)).status).toBe(200);
    const sentAway = await bracket.open(url);
    expect(sentAway).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/event-stream', connection: 'close' },
    });
    expect(await sentAway.rest()).toEqual([]);
    expect(sentAway.retries).toHaveLength(1);
    expect(sentAway.retries[0]).toBeGreaterThan(1_000);
    expect((await bracket.open(behind.url)).status).toBe(503);
    expect((await ask(`${url}/stream`)).status).toBe(503);
    expect(await metric(direct, 'fanfare_limited_total{limit="streams_replica"}')).toBe(2);
    expect(await metric(behind, 'fanfare_limited_total{limit="streams_replica"}')).toBe(1);
  });
});

describe('the address that counts', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0003::1', '2001:db8:1:3::/64'],
    ['::1', '::/64'],
    // Some proxies name the port too, of which each connection has another.
    ['192.0.2.1:41234', '192.0.2.1'],
    ['[2001:db8:1:2::1]:41234', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::1]', '2001:db8:1:2::/64'],
    ['unknown', 'unknown'],
    ['unknown:1', 'unknown:1'],
    ['', ''],
  ])('L1: %s counts as %s', (address, counted) => {
    expect(countedAddress(address)).toBe(counted);
  });
});
