// What a publisher may say and what is refused, with words that tell what to change.

import { describe, expect, test } from 'vitest';
import { type Fields, nameFault, parseMessage } from '../src/message.ts';
import { Problem } from '../src/problem.ts';

const MAX_BYTES = 100;

function refusal(fields: Fields, where = ''): Problem {
  try {
    parseMessage(fields, MAX_BYTES, where);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error(`Not refused: ${JSON.stringify(fields)}`);
}

describe('what is taken', () => {
  const taken: [title: string, fields: Fields, message: object][] = [
    ['a message alone goes to the channel messages', { message: 'hi' }, { channels: ['messages'], text: 'hi' }],
    ['an empty message is a message', { message: '' }, { channels: ['messages'], text: '' }],
    ['a string goes as it is', { message: '"a"\r\n\0' }, { channels: ['messages'], text: '"a"\r\n\0' }],
    ['null goes as JSON', { message: null }, { channels: ['messages'], text: 'null' }],
    ['a number goes as JSON', { message: 0 }, { channels: ['messages'], text: '0' }],
    ['false goes as JSON', { message: false }, { channels: ['messages'], text: 'false' }],
    [
      'an object goes as one line of JSON',
      { message: { a: ['x\ny'] } },
      { channels: ['messages'], text: '{"a":["x\\ny"]}' },
    ],
    ['one channel as a string', { message: 'x', channel: 'a' }, { channels: ['a'], text: 'x' }],
    ['channels as an array', { message: 'x', channel: ['b', 'a'] }, { channels: ['b', 'a'], text: 'x' }],
    ['a channel named twice counts once', { message: 'x', channel: ['a', 'a'] }, { channels: ['a'], text: 'x' }],
    ['an event', { message: 'x', event: 'openly' }, { channels: ['messages'], text: 'x', event: 'openly' }],
    ['retry as a number', { message: 'x', retry: 0 }, { channels: ['messages'], text: 'x', retry: 0 }],
    ['retry as digits', { message: 'x', retry: '60000' }, { channels: ['messages'], text: 'x', retry: 60_000 }],
  ];
  test.each(taken)('P1: %s', (_title, fields, message) => {
    expect(parseMessage(fields, MAX_BYTES)).toEqual(message);
  });

  test('P1: sixteen channels', () => {
    const channel = Array.from({ length: 16 }, (_, index) => `c${index}`);
    expect(parseMessage({ message: '', channel }, MAX_BYTES).channels).toEqual(channel);
  });

  test.each(['é'.repeat(127), '🎺'.repeat(63), 'a'.repeat(255), ' ', 'a b', 'fanfare', 'Open', '\u2028'])(
    'P6: the name %j',
    (name) => {
      expect(parseMessage({ message: '', channel: name, event: name }, MAX_BYTES)).toMatchObject({
        channels: [name],
        event: name,
      });
    },
  );
});

describe('names', () => {
  const faulty: [name: string, fault: RegExp][] = [
    ['', /empty/],
    ['a'.repeat(256), /255 bytes/],
    ['é'.repeat(128), /255 bytes/],
    ['a\nid: 1', /control character/],
    ['a\rdata: x', /control character/],
    ['a\0', /control character/],
    ['a\tb', /control character/],
    ['\x7f', /control character/],
    ['\u0085', /control character/],
    ['a\ud800', /surrogate/],
    ['\udc00b', /surrogate/],
  ];
  test.each(faulty)('P6: %j is refused as channel and as event', (name, fault) => {
    expect(nameFault(name)).toMatch(fault);
    for (const field of ['channel', 'event']) {
      const { status, message } = refusal({ message: 'x', [field]: name });
      expect({ status, message }).toEqual({ status: 400, message: expect.stringMatching(fault) });
      expect(message).toContain(field);
    }
  });

  test('P6: one bad channel among good ones is refused', () => {
    expect(refusal({ message: 'x', channel: ['a', 'b\n'] }).message).toContain(String.raw`"b\n"`);
  });

  test.each(['open', 'error', 'fanfare:', 'fanfare:open', 'fanfare:x'])('P6: the event %s is reserved', (event) => {
    expect(refusal({ message: 'x', event })).toMatchObject({
      status: 400,
      message: expect.stringContaining('reserved'),
    });
  });
});

describe('what is refused', () => {
  const refused: [title: string, fields: Fields, detail: RegExp][] = [
    ['P1: no message', {}, /"message" is missing/],
    ['P1: a field that does not exist', { message: 'x', chanel: 'a' }, /"chanel"/],
    ['P1: a field named as a part of every object', { message: 'x', constructor: 'a' }, /"constructor"/],
    ['P1: a field __proto__', JSON.parse('{"message":"x","__proto__":{}}'), /"__proto__"/],
    ['P1: no channel in the list', { message: 'x', channel: [] }, /empty list/],
    ['P1: seventeen channels', { message: 'x', channel: Array(17).fill('a') }, /at most 16 channels, not 17/],
    ['P1: a channel that is a number', { message: 'x', channel: 7 }, /must be a string, not 7/],
    ['P1: a channel that is null', { message: 'x', channel: null }, /must be a string, not null/],
    ['P1: a list in the list of channels', { message: 'x', channel: [['a']] }, /must be a string/],
    ['P1: an event that is null', { message: 'x', event: null }, /must be a string, not null/],
    ['P6: an id, with the advice to use a key', { message: 'x', id: '1' }, /Idempotency-Key/],
    ['P6: an id even without a message', { id: '' }, /Idempotency-Key/],
    ['P6: half of a surrogate pair in the message', { message: 'a\ud800' }, /surrogate/],
  ];
  test.each(refused)('%s', (_title, fields, detail) => {
    expect(refusal(fields)).toMatchObject({ status: 400, message: expect.stringMatching(detail) });
  });

  test.each([60_001, '60001', -1, '-1', 1.5, '1.5', '', ' 1', '1e3', '0x10', '000001', null, true, [1], {}])(
    'P6: retry %j',
    (retry) => {
      expect(refusal({ message: 'x', retry })).toMatchObject({
        status: 400,
        message: expect.stringContaining('from 0 to 60000'),
      });
    },
  );

  test('P7: a message over the limit, counted in bytes, is 413; one at the limit is taken', () => {
    expect(parseMessage({ message: 'é'.repeat(50) }, MAX_BYTES).text).toHaveLength(50);
    expect(refusal({ message: `${'é'.repeat(50)}x` })).toMatchObject({
      status: 413,
      message: expect.stringMatching(/101 bytes.*at most 100/),
    });
  });

  test('P7: the detail says which message of a batch', () => {
    expect(refusal({}, 'Message 3 of the batch: ').message).toMatch(/^Message 3 of the batch: /);
    expect(refusal({ message: 'x'.repeat(101) }, 'Message 3 of the batch: ').message).toMatch(
      /^Message 3 of the batch: /,
    );
  });

  test('P7: the detail shows a long value shortened', () => {
    expect(refusal({ message: 'x', channel: 'a'.repeat(10_000) }).message.length).toBeLessThan(200);
  });
});
