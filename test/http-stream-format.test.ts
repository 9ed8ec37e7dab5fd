// Messages wrapped in JSON: whatever was sent, to whichever of the stream's channels and under whichever name, comes to
// `onmessage`, live and replayed, and tells nothing of channels that the stream does not listen to.

import { expect, test } from 'vitest';
import { ask } from './support/ask.ts';
import { onEachBus } from './support/bracket.ts';
import { problemDetail, publish, publishAll } from './support/publisher.ts';
import type { SeenEvent } from './support/subscriber.ts';
import { until } from './support/until.ts';

const JSON_OF_A_AND_B = 'channel=a&channel=b&format=json';
const MESSAGES = [
  { channel: 'a', message: 'plain' },
  { channel: 'b', message: ' lines\r\n\rid: 1\n', event: 'named', retry: 70 },
  { channel: ['b', 'secret', 'a'], message: { in: 'JSON\u2028', quote: '"' } },
  { channel: 'a', message: '' },
];
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const WRAPPED = [
  { channels: ['a'], event: 'message', data: 'plain', time: TIME },
  { channels: ['b'], event: 'named', data: ' lines\n\nid: 1\n', time: TIME },
  { channels: ['b', 'a'], event: 'message', data: '{"in":"JSON\u2028","quote":"\\""}', time: TIME },
  { channels: ['a'], event: 'message', data: '', time: TIME },
];

function unwrap(events: readonly SeenEvent[]): unknown[] {
  expect(events.map(({ event }) => event)).toEqual(events.map(() => 'message'));
  return events.map(({ data }) => JSON.parse(data));
}

onEachBus('A stream in JSON', (bracket) => {
  test('S8: every message comes unnamed, with its channels, its name, its text and its time', async () => {
    const { url } = await bracket.start();
    const stream = await bracket.subscribed(url, JSON_OF_A_AND_B);
    const before = Date.now();
    const ids = await publishAll(url, MESSAGES);
    const events = await stream.take(4);
    expect(events.map(({ id }) => id)).toEqual(ids);
    expect(unwrap(events)).toEqual(WRAPPED);
    const { time } = JSON.parse((events[0] as SeenEvent).data) as { time: string };
    expect(Math.abs(Date.parse(time) - before)).toBeLessThan(20_000);
    expect(stream.retries.slice(1)).toEqual([70]);
  });

  test('S8, R2: what is replayed is wrapped as what is live, from the ring and from the log', async () => {
    const { url } = await bracket.start();
    const live = await bracket.subscribed(url, JSON_OF_A_AND_B);
    await publishAll(url, MESSAGES);
    const events = await live.take(4);
    for (const from of ['last=4', 'lastEventId=earliest']) {
      const stream = await bracket.subscribed(url, `${JSON_OF_A_AND_B}&${from}`);
      expect(await stream.take(4)).toEqual(events);
    }
  });

  test('S8, S6: beside it, streams of the same channels get the same messages as they were sent, once', async () => {
    const { url } = await bracket.start();
    const wrapped = await bracket.subscribed(url, JSON_OF_A_AND_B);
    const text = await bracket.subscribed(url, 'channel=a&channel=b');
    const only = await bracket.subscribed(url, 'channel=b&format=json');
    await publishAll(url, MESSAGES);
    expect(unwrap(await wrapped.take(4))).toEqual(WRAPPED);
    expect((await text.take(4)).map(({ event, data }) => [event, data])).toEqual(
      WRAPPED.map(({ event, data }) => [event, data]),
    );
    expect(unwrap(await only.take(2))).toEqual([WRAPPED[1], { ...WRAPPED[2], channels: ['b'] }]);
    await publish(url, { channel: ['a', 'b'], message: 'end' });
    for (const stream of [wrapped, text, only]) {
      await until('the end is there', () => stream.text.includes('end'));
      expect(stream.text.match(/end/g)).toHaveLength(1);
    }
  });

  test('S8: another format is refused, and the control events are as ever', async () => {
    const { url } = await bracket.start({ HEARTBEAT_MS: '100' });
    for (const format of ['xml', ''])
      expect(problemDetail(await ask(`${url}/stream?format=${format}`), 400)).toContain('"format" must be json');
    const stream = await bracket.open(url, { query: 'format=json&lastEventId=nonsense' });
    const events = await stream.take(3);
    expect(events.map(({ event }) => event)).toEqual(['fanfare:open', 'fanfare:reset', 'fanfare:heartbeat']);
  });

  test('S8, P6: nothing in a message or a name becomes a line of its own', async () => {
    const { url } = await bracket.start();
    const stream = await bracket.subscribed(url, JSON_OF_A_AND_B);
    const retries = stream.retries.length;
    const sent = ['x\u2028retry: 86400000\nmore', 'x\u2029retry: 1\r\nretry: 2\r', 'data: a\ndata: b\n\nevent: c'];
    for (const message of sent) await publish(url, { channel: 'a', message });
    await publish(url, { channel: 'a', event: 'e\u2028retry: 5', message: 'named' });
    const texts = (await stream.take(4)).map(({ data }) => JSON.parse(data) as { event: string; data: string });
    expect(texts.map(({ data }) => data)).toEqual([...sent.map((text) => text.replace(/\r\n|\r/g, '\n')), 'named']);
    expect(texts[3]?.event).toBe('e\u2028retry: 5');
    expect(stream.retries).toHaveLength(retries);
  });
});
