// What a message looks like on a stream, byte for byte and to two independent readers, and which streams it reaches.

import { expect, test } from 'vitest';
import { onEachBus } from './support/bracket.ts';
import { publish, publishAll } from './support/publisher.ts';
import { openEventSource } from './support/subscriber.ts';
import { until } from './support/until.ts';

/** What is sent → what a reader sees, where line ends make a difference. */
const TEXTS: readonly (readonly [what: string, sent: string, seen?: string])[] = [
  ['one line', 'hello'],
  ['two lines', 'one\ntwo'],
  ['nothing', ''],
  ['a line end', '\n'],
  ['three line ends', '\n\n\n'],
  ['empty lines around', '\n\na\n\nb\n\n'],
  ['a leading space', ' indented'],
  ['two leading spaces on each line', '  a\n  b'],
  ['a trailing space', 'a '],
  ['a leading colon', ': comment'],
  ['field names', 'id: 1\nevent: x\nretry: 5\ndata: y'],
  ['CR', 'a\rb', 'a\nb'],
  ['CRLF', 'a\r\nb', 'a\nb'],
  ['CR, LF and CRLF in turn', 'a\r\r\n\n\rb\r', 'a\n\n\n\nb\n'],
  ['U+2028, U+2029, U+0085, VT and FF', 'a\u2028b\u2029c\u0085d\u000be\u000cf'],
  ['NUL', 'a\0b'],
  ['a byte order mark', '\ufeffa'],
  ['emoji', '🎺🎉👩‍👩‍👧‍👦'],
  ['64 KiB', `${'é🎺'.repeat(10_922)}xxxx`],
  ['64 KiB of lines', 'x\n'.repeat(32_768)],
];

onEachBus('A message on a stream', (bracket) => {
  test.each(TEXTS)('S3: %s comes to both readers as it was sent', async (_what, sent, seen = sent) => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    const { source, messages } = await openEventSource(url, '', []);
    bracket.ending(() => source.close());
    const id = await publish(url, { message: sent });
    const event = { id, event: 'message', data: seen };
    expect(await subscriber.next()).toEqual(event);
    await until('the EventSource has the message', () => messages.length > 0);
    expect(messages).toEqual([event]);
  });

  test('S3: a block is an id, the event and the retry where given, and a data line for each line', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    const ids = await publishAll(url, [
      { message: 'plain' },
      { message: ' a\r\nb\rc\n', event: 'news', retry: 70 },
      { message: '' },
    ]);
    await subscriber.take(3);
    const [, , ...blocks] = subscriber.text.split(/(?<=\n\n)/);
    expect(blocks).toEqual([
      `id: ${ids[0]}\ndata: plain\n\n`,
      `id: ${ids[1]}\nevent: news\nretry: 70\ndata:  a\ndata: b\ndata: c\ndata: \n\n`,
      `id: ${ids[2]}\ndata: \n\n`,
    ]);
    expect(subscriber.comments).toEqual([]);
  });

  test('S4: control events come to named listeners and never to onmessage', async () => {
    const { url } = await bracket.start({ HEARTBEAT_MS: '100' });
    const names = ['fanfare:open', 'fanfare:heartbeat', 'fanfare:reset', 'news'];
    const { source, messages, named } = await openEventSource(url, 'lastEventId=nonsense', names);
    bracket.ending(() => source.close());
    await until('a heartbeat', () => named.some(({ event }) => event === 'fanfare:heartbeat'));
    const id = await publish(url, { message: 'm', event: 'news' });
    await until('the named message', () => named.some(({ event }) => event === 'news'));
    const plain = await publish(url, { message: 'plain' });
    await until('the message', () => messages.length > 0);
    expect(messages).toEqual([{ id: plain, event: 'message', data: 'plain' }]);
    expect(named.slice(0, 2).map(({ event }) => event)).toEqual(['fanfare:open', 'fanfare:reset']);
    expect(named).toContainEqual({ id, event: 'news', data: 'm' });
  });

  test('S6: a message reaches every subscriber of its channels on every replica', async () => {
    const [a, b] = await bracket.pair();
    const urls = [a.url, a.url, b.url, b.url];
    const subscribers = await Promise.all(urls.map((url) => bracket.subscribed(url, 'channel=x')));
    const ids = [await publish(a.url, { message: 'from a', channel: 'x' })];
    ids.push(await publish(b.url, { message: 'from b', channel: 'x' }));
    for (const subscriber of subscribers) expect((await subscriber.take(2)).map(({ id }) => id)).toEqual(ids);
  });

  test('S6: a message comes once, even where several of its channels match', async () => {
    const [a, b] = await bracket.pair();
    const subscriber = await bracket.subscribed(a.url, 'channel=x&channel=y');
    const ids = await publishAll(b.url, [
      { message: 'both', channel: ['x', 'y'] },
      { message: 'one', channel: 'y' },
      { message: 'both again', channel: ['y', 'z', 'x'] },
      { message: 'end', channel: 'x' },
    ]);
    expect((await subscriber.take(4)).map(({ id }) => id)).toEqual(ids);
  });

  test('S6: messages of other channels do not come', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url, 'channel=mine');
    await publishAll(url, [{ message: 'a' }, { message: 'b', channel: ['Mine', 'min', 'mine ', 'mine2'] }]);
    const id = await publish(url, { message: 'end', channel: 'mine' });
    expect(await subscriber.next()).toEqual({ id, event: 'message', data: 'end' });
  });

  test('R1: streams on all replicas see concurrent messages in the same order', async () => {
    const [a, b] = await bracket.pair();
    const urls = [a.url, b.url];
    const subscribers = await Promise.all(urls.map((url) => bracket.subscribed(url)));
    const sent = Array.from({ length: 200 }, (_, i) => publish(urls[i % 2] as string, { message: `${i}` }));
    const ids = await Promise.all(sent);
    const [one, two] = await Promise.all(subscribers.map((subscriber) => subscriber.take(200)));
    expect(one).toEqual(two);
    expect(one?.map(({ id }) => id).sort()).toEqual([...ids].sort());
  });
});
