// What of a Flask app's message gets into the log, and what does not: the parser alone.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRaw } from '../src/flask/raw-message.ts';
import { encodeBody } from '../src/sse.ts';

const MAX_BYTES = 1_000;
const parse = (raw: string | Buffer) => parseRaw(Buffer.from(raw as string), MAX_BYTES);

/** As Python's json.dumps writes it: a space after each colon and comma, and nothing that is not ASCII. */
function dumps(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dumps).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, member]) => `${dumps(name)}: ${dumps(member)}`)
      .join(', ')}}`;
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[^ -~]/g, escaped);
}

const taken: [what: string, raw: string, event: object][] = [
  ['a string goes as it is', '{"data": "hello"}', { text: 'hello' }],
  ['a string keeps its line ends', '{"data": "a\\r\\nb\\n"}', { text: 'a\r\nb\n' }],
  ['an empty string is a message', '{"data": ""}', { text: '' }],
  ['an object goes as flask_sse wrote it', '{"data": {"message": "hi"}}', { text: '{"message": "hi"}' }],
  ['a list goes as it was written', '{"data": [1, "a,b}", {"c": null}]}', { text: '[1, "a,b}", {"c": null}]' }],
  ['escapes stay', '{"data": {"message": "\\u53d1\\u9001"}}', { text: '{"message": "\\u53d1\\u9001"}' }],
  ['a number keeps all its digits', '{"data": 12345678901234567890.50}', { text: '12345678901234567890.50' }],
  ['null is data', '{"data": null}', { text: 'null' }],
  ['false is data', '{"data": false}', { text: 'false' }],
  ['line ends between tokens become spaces', '{"data":\r\n[1,\n2]\n}', { text: '[1, 2]' }],
  ['a type is the event', '{"data": 1, "type": "greeting"}', { text: '1', event: 'greeting' }],
  [
    'in whatever order',
    '{"type": "a", "data": {"data": 2}, "retry": 5}',
    { text: '{"data": 2}', event: 'a', retry: 5 },
  ],
  ['escaped names are names', '{"d\\u0061ta": {"a": "\\\\\\""}}', { text: '{"a": "\\\\\\""}' }],
  ['of a name that is there twice the last counts', '{"data": [1], "data": [2]}', { text: '[2]' }],
  ['an id is left out', '{"data": "x", "id": "7\\n8"}', { text: 'x' }],
  ['an empty type is none', '{"data": "x", "type": ""}', { text: 'x' }],
  ['null as type is none', '{"data": "x", "type": null, "retry": null, "id": null}', { text: 'x' }],
  ['retry as digits', '{"data": "x", "retry": "2000"}', { text: 'x', retry: 2_000 }],
  ['no retry of 0, which flask_sse leaves out', '{"data": "x", "retry": 0}', { text: 'x' }],
  ['without a retry that is too long', '{"data": "x", "retry": 60001}', { text: 'x' }],
  ['without a retry that is no number', '{"data": "x", "retry": "1\\nid: 1"}', { text: 'x' }],
  ['a text', 'hello', { text: 'hello' }],
  ['an empty text', '', { text: '' }],
  ['JSON that is no object', '["data"]', { text: '["data"]' }],
  ['a JSON string', '"data"', { text: '"data"' }],
  ['an object without data', '{"message": "x"}', { text: '{"message": "x"}' }],
  ['an object with something else', '{"data": 1, "event": "x"}', { text: '{"data": 1, "event": "x"}' }],
  ['no JSON, but nearly', '{"data": NaN}', { text: '{"data": NaN}' }],
  ['brackets beyond measure', '{"data": '.repeat(100), { text: '{"data": '.repeat(100) }],
  ['a byte order mark is text', '\ufeff{"data": 1}', { text: '\ufeff{"data": 1}' }],
  ['as long as may be', `{"data": "${'\\u00e9'.repeat(500)}"}`, { text: 'é'.repeat(500) }],
];

const refused: [what: string, raw: string | Buffer, fault: string][] = [
  ['bytes that are no UTF-8', Buffer.from([0x61, 0xff]), 'text'],
  ['half of a surrogate pair', '{"data": "\\ud800"}', 'text'],
  ['a long string', `{"data": "${'\\u00e9'.repeat(501)}"}`, 'size'],
  ['long JSON', `{"data": ["${'x'.repeat(1_000)}"]}`, 'size'],
  ['a long text', 'x'.repeat(1_001), 'size'],
  ['a line end in the type', '{"data": "x", "type": "a\\nid: 1"}', 'event'],
  ['NUL in the type', '{"data": "x", "type": "a\\u0000"}', 'event'],
  ['half of a surrogate pair in the type', '{"data": "x", "type": "\\udc00"}', 'event'],
  ['a long type', `{"data": "x", "type": "${'a'.repeat(256)}"}`, 'event'],
  ['a type that is no string', '{"data": "x", "type": 5}', 'event'],
  ...['open', 'error', 'fanfare:reset'].map((type): [string, string, string] => [
    `the reserved type ${type}`,
    `{"data": "x", "type": "${type}"}`,
    'event',
  ]),
];

describe('a message of a Flask app', () => {
  test.each(taken)('F2: %s', (_what, raw, event) => {
    expect(parse(raw)).toEqual(event);
  });

  test.each(refused)('F3: %s is not taken', (_what, raw, fault) => {
    expect(parse(raw)).toBe(fault);
  });

  test('F2: whatever JSON an app publishes, the event has the very text of it, in one line', () => {
    const type = fc.constantFrom(undefined, 'a', 'greeting');
    fc.assert(
      fc.property(fc.jsonValue(), type, fc.string(), (data, type, id) => {
        fc.pre(typeof data !== 'string');
        const message = { data, ...(id && { id }), ...(type && { type }) };
        for (const write of [dumps, JSON.stringify, (value: unknown) => JSON.stringify(value, null, 2)]) {
          const event = parseRaw(Buffer.from(write(message)), 1_000_000) as { text: string };
          expect(JSON.parse(event.text)).toEqual(JSON.parse(JSON.stringify(data)));
          expect(event.text).not.toMatch(/[\r\n]/);
          expect(event).toEqual({ text: event.text, ...(type && { event: type }) });
        }
        expect(parseRaw(Buffer.from(dumps(message)), 1_000_000)).toMatchObject({ text: dumps(data) });
      }),
      { numRuns: 500 },
    );
  });

  test('F3: whatever bytes come, nothing is thrown, and no field gets into a stream but event, retry and data', () => {
    const pieces = [
      '{',
      '}',
      '"data"',
      '"type"',
      '"retry"',
      ':',
      ',',
      '"\\n"',
      '"a"',
      '1',
      '\n',
      '\r',
      ' ',
      '\\',
      'id: 1',
    ];
    const soup = fc.array(fc.constantFrom(...pieces)).map((some) => Buffer.from(some.join('')));
    const bytes = fc.uint8Array().map((some) => Buffer.from(some));
    fc.assert(
      fc.property(fc.oneof(soup, bytes), (raw) => {
        const event = parseRaw(raw, 1_000);
        if (typeof event === 'string') return;
        expect(encodeBody(event).toString()).toMatch(/^(event: .*\n)?(retry: \d+\n)?(data: [^\r\n]*\n)+\n$/);
      }),
      { numRuns: 2_000 },
    );
  });
});
