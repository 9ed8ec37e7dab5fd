// How a message's block looks: byte for byte by a table, and as an independent reader of event streams takes it.

import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Id } from '../src/entry.ts';
import {
  closeBlock,
  type EventFields,
  encodeBody,
  heartbeatBlock,
  openBlock,
  resetBlock,
  retryBlock,
  withId,
} from '../src/sse.ts';

const id = '1764000000000-3' as Id;

function block(fields: EventFields): string {
  return withId(id, encodeBody(fields)).toString();
}

/** What a reader makes of a stream: its events, and the delays it was told. */
function read(stream: string): { events: EventSourceMessage[]; retries: number[] } {
  const events: EventSourceMessage[] = [];
  const retries: number[] = [];
  const parser = createParser({
    onEvent: (event) => void events.push(event),
    onRetry: (retry) => void retries.push(retry),
    onError: (error) => {
      throw error;
    },
  });
  parser.feed(stream);
  return { events, retries };
}

describe('a message', () => {
  const data: [title: string, text: string, lines: string][] = [
    ['an empty message is one empty line', '', 'data: \n'],
    ['one line', 'hello', 'data: hello\n'],
    ['several lines', 'a\nb\nc', 'data: a\ndata: b\ndata: c\n'],
    ['a leading space is kept behind the one that belongs to the field', '  x', 'data:   x\n'],
    ['a CR ends a line', 'a\rb', 'data: a\ndata: b\n'],
    ['a CRLF ends one line, not two', 'a\r\nb', 'data: a\ndata: b\n'],
    ['LF and then CR end two lines', 'a\n\rb', 'data: a\ndata: \ndata: b\n'],
    ['a trailing empty line is kept', 'a\n', 'data: a\ndata: \n'],
    ['line ends alone', '\r\n\r\n', 'data: \ndata: \ndata: \n'],
    [
      'U+2028, U+2029, U+0085, VT and FF end no line',
      'a\u2028b\u2029c\u0085d\ve\f',
      'data: a\u2028b\u2029c\u0085d\ve\f\n',
    ],
    ['emoji', 'a 🎺 b 👩‍👩‍👧', 'data: a 🎺 b 👩‍👩‍👧\n'],
    ['what looks like another field is data', 'id: 1\nevent: x', 'data: id: 1\ndata: event: x\n'],
    ['NUL and a byte order mark are data', '\0\ufeff', 'data: \0\ufeff\n'],
  ];
  test.each(data)('S3: %s', (_title, text, lines) => {
    expect(block({ text })).toBe(`id: ${id}\n${lines}\n`);
  });

  test('S3: the fields stand in the order id, event, retry, data', () => {
    expect(block({ event: 'price', retry: 0, text: 'a\nb' })).toBe(
      `id: ${id}\nevent: price\nretry: 0\ndata: a\ndata: b\n\n`,
    );
  });

  test('S3: a reader gets back any text, event and retry', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('\r', '\n', ' ', ':', 'data'), fc.string({ unit: 'binary', maxLength: 1 })),
    });
    const event = fc.string({ unit: 'binary', minLength: 1 }).filter((name) => !/\p{Cc}/u.test(name));
    const retry = fc.option(fc.nat(60_000), { nil: undefined });
    fc.assert(
      fc.property(fc.array(fc.record({ text, event, retry }), { minLength: 1, maxLength: 5 }), (messages) => {
        const stream = messages
          .map(({ retry: delay, ...fields }) => block({ ...fields, ...(delay !== undefined && { retry: delay }) }))
          .join('');
        const { events, retries } = read(stream);
        expect(events).toEqual(
          messages.map((sent) => ({ id, event: sent.event, data: sent.text.replace(/\r\n?/g, '\n') })),
        );
        expect(retries).toEqual(messages.flatMap((sent) => sent.retry ?? []));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what the server says itself', () => {
  test('S2: open carries the position and what was subscribed to', () => {
    const { events } = read(openBlock(id, { replica: 'r"1\n', channels: ['a', '\u2028'], resumed: true }));
    expect(events).toEqual([{ id, event: 'fanfare:open', data: expect.any(String) }]);
    expect(JSON.parse(events[0]?.data ?? '')).toEqual({ replica: 'r"1\n', channels: ['a', '\u2028'], resumed: true });
  });

  test('S5: a heartbeat is the position and one empty data line', () => {
    expect(heartbeatBlock(id)).toBe(`id: ${id}\nevent: fanfare:heartbeat\ndata:\n\n`);
    expect(read(heartbeatBlock(id)).events).toEqual([{ id, event: 'fanfare:heartbeat', data: '' }]);
  });

  test('R3: reset says why, what was asked for and where it goes on, whatever a client sent as cursor', () => {
    const [reset] = read(resetBlock(id, 'unknown', 'x\r\ndata: y\n\nid: 1')).events;
    expect(reset).toMatchObject({ id, event: 'fanfare:reset' });
    expect(JSON.parse(reset?.data ?? '')).toEqual({ reason: 'unknown', requested: 'x\r\ndata: y\n\nid: 1' });
    expect(read(resetBlock(id, 'lost', null)).events[0]?.data).toBe('{"reason":"lost","requested":null}');
  });

  test('R8: close says when to come back, and why', () => {
    expect(read(closeBlock('drain', 1_234))).toEqual({
      events: [{ id: undefined, event: 'fanfare:close', data: '{"reason":"drain"}' }],
      retries: [1_234],
    });
  });

  test('S1: a retry alone is no event', () => {
    expect(read(retryBlock(2_000))).toEqual({ events: [], retries: [2_000] });
  });
});
