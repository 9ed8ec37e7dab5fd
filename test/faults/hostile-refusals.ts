// Publishes that are wrong: each is refused with what to change, and nothing of it is delivered.

import { bytes, form, json, type Posted } from './hostile-posts.ts';

type Refusal = readonly [what: string, posted: Posted, status: number, named: RegExp];

const message = (fields: string) => json(`{"message":"m",${fields}}`);
const keyed = (key: string) => json('{"message":"m"}', { 'Idempotency-Key': key });
const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const deepObject = (depth: number) => '{"a":'.repeat(depth) + 1 + '}'.repeat(depth);
const MARK = '\xef\xbb\xbf';

const NOT_UTF8: readonly Refusal[] = [
  ['a byte order mark before a form', form(bytes(`${MARK}message=m`)), 400, /byte order mark/],
  ['a byte order mark before JSON', json(bytes(`${MARK}{"message":"m"}`)), 400, /byte order mark/],
  ['UTF-16 with a byte order mark', json(Buffer.from('\ufeff{"message":"m"}', 'utf16le')), 400, /UTF-8/],
  ['UTF-16 without one', json(Buffer.from('{"message":"m"}', 'utf16le')), 400, /not valid JSON/],
  ['half a character in a form', form(bytes('message=\xc3')), 400, /UTF-8/],
  ['half a character, percent-encoded and raw', form(bytes('message=%C3\xa9')), 400, /UTF-8/],
  ['a slash in two bytes', form(bytes('message=\xc0\xaf')), 400, /UTF-8/],
  ['a surrogate in three bytes', json(bytes('{"message":"\xed\xa0\x80"}')), 400, /UTF-8/],
  ['a character past the last', json(bytes('{"message":"\xf4\x90\x80\x80"}')), 400, /UTF-8/],
  ['a broken byte in a field name', json(bytes('{"message":"m","\xff":1}')), 400, /UTF-8/],
  ['half a surrogate pair', json('{"message":"a\\ud800"}'), 400, /surrogate/],
  ['a surrogate pair the wrong way round', json('{"message":"\\udfba\\ud83c"}'), 400, /surrogate/],
  ['half a surrogate pair in a channel', message('"channel":"\\ud800"'), 400, /surrogate/],
  ['half a surrogate pair in an event', message('"event":"\\udc00"'), 400, /surrogate/],
];

const NAMES: readonly Refusal[] = ['\r', '\n', '\0', '\t', '\x7f', '\x85', '\x9f', 'x\n\nevent: fanfare:close'].flatMap(
  (text) =>
    (['channel', 'event'] as const).flatMap((field): Refusal[] => [
      [
        `${JSON.stringify(text)} in a form's ${field}`,
        form(`message=m&${field}=${encodeURIComponent(text)}`),
        400,
        /control character/,
      ],
      [
        `${JSON.stringify(text)} in JSON's ${field}`,
        message(`"${field}":${JSON.stringify(`a${text}`)}`),
        400,
        /control character/,
      ],
    ]),
);

const FIELDS: readonly Refusal[] = [
  ['a question mark before a form', form('?message=m'), 400, /"\?message"/],
  ['a byte order mark in a field name', form('%EF%BB%BFmessage=m'), 400, /no field/],
  ...['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', ''].flatMap((name): Refusal[] => [
    [`the form field ${name}`, form(`message=m&${name}=x`), 400, /no field/],
    [`the JSON field ${name}`, message(`"${name}":{"event":"x"}`), 400, /no field/],
  ]),
  ['all of it in a __proto__', json('{"__proto__":{"message":"m"}}'), 400, /"__proto__"/],
  ['a __proto__ within a batch', json('[{"__proto__":{"message":"m"}}]'), 400, /Message 1 .*"__proto__"/],
  ['a message that is there twice', json('{"message":"a","message":"b"}'), 400, /twice/],
  ['a name that is there twice, once escaped', json('{"message":{"a":1,"\\u0061":2}}'), 400, /twice/],
  ['a __proto__ that is there twice', json('{"message":{"__proto__":1,"__proto__":2}}'), 400, /twice/],
  ['a channel that is there twice within a batch', json('[{"message":"m","channel":"a","channel":"b"}]'), 400, /twice/],
  ['116,000 channels in a form', form(`message=m${'&channel='.repeat(116_000)}`), 400, /at most 100 fields/],
  ['101 names in a form', form(Array.from({ length: 101 }, (_, name) => name).join('&')), 400, /at most 100 fields/],
  ['250,000 channels in JSON', message(`"channel":[${Array(250_000).fill('"a"').join()}]`), 413, /more bytes of JSON/],
  ['18,000 channels in JSON', message(`"channel":[${Array(18_000).fill('"a"').join()}]`), 400, /at most 16 channels/],
  ['17 channels', form(`message=m${'&channel=a'.repeat(17)}`), 400, /at most 16/],
  ['a list within a list of channels', message('"channel":["a",["b"]]'), 400, /"channel" must be a string/],
  ['a channel that is an object', message('"channel":{"length":1,"0":"a"}'), 400, /"channel" must be a string/],
  ['a channel that is past every double', message('"channel":1e400'), 400, /"channel" must be a string/],
  ['a retry that is past every double', message('"retry":1e400'), 400, /"retry" must be/],
  ['a retry in another script', message('"retry":"٣"'), 400, /"retry" must be/],
  ['an id with a line end', message('"id":"9-9\\nevent: x"'), 400, /Idempotency-Key/],
];

const NESTING: readonly Refusal[] = [
  ['100,000 nested arrays as the message', json(`{"message":${deep(100_000)}}`), 413, /more bytes of JSON/],
  ['30,000 nested arrays as the message', json(`{"message":${deep(30_000)}}`), 400, /nested too deeply/],
  ['10,000 nested objects as the message', json(`{"message":${deepObject(10_000)}}`), 400, /nested too deeply/],
  ['30,000 nested arrays as the channel', message(`"channel":${deep(30_000)}`), 400, /nested too deeply/],
  ['500 nested arrays as the channel', message(`"channel":${deep(500)}`), 400, /"channel" must be a string/],
  ['500 nested objects as the event', message(`"event":${deepObject(500)}`), 400, /"event" must be a string/],
  ['500 nested objects as the retry', message(`"retry":${deepObject(500)}`), 400, /"retry" must be/],
  ['30,000 brackets that are never closed', json('['.repeat(30_000)), 400, /not valid JSON/],
  ['nested batches', json(deep(500)), 400, /Message 1 of the batch/],
  ['a batch with one bad message', json('[{"message":"good"},{"message":"\\ud800"}]'), 400, /Message 2 .*surrogate/],
  ['a batch with one list', json('[{"message":"good"},[{"message":"m"}]]'), 400, /Message 2 /],
  ['1,001 messages', json(`[${Array(1_001).fill('{"message":"m"}').join()}]`), 413, /at most 1000/],
  ['a batch of 1 MiB and more', json(`[{"message":"m"}${' '.repeat(1_048_576)}]`), 413, /1048576 bytes/],
  ['a body of 3 MiB', form(`message=${'x'.repeat(3_145_728)}`), 413, /2 MiB/],
  ['a message of one byte too many', form(`message=${'%00'.repeat(65_537)}`), 413, /65537 bytes/],
];

const HEADERS: readonly Refusal[] = [
  ['an empty Idempotency-Key', keyed(''), 400, /Idempotency-Key/],
  ['an Idempotency-Key of 256 characters', keyed('k'.repeat(256)), 400, /Idempotency-Key/],
  ['an Idempotency-Key of 8 KB', keyed('k'.repeat(8_192)), 400, /Idempotency-Key/],
  ['an Idempotency-Key with a space', keyed('a b'), 400, /Idempotency-Key/],
  ['an Idempotency-Key with a tab', keyed('a\tb'), 400, /Idempotency-Key/],
  ['an Idempotency-Key that is not ASCII', keyed('\xe9\xff'), 400, /Idempotency-Key/],
  ['a charset of UTF-7', json('{"message":"m"}', { 'Content-Type': 'application/json; charset=utf-7' }), 415, /utf-7/],
  [
    'a media type of two',
    json('{"message":"m"}', { 'Content-Type': 'application/json, text/plain' }),
    415,
    /send application/,
  ],
  ['no media type', { body: '{"message":"m"}', headers: {} }, 415, /Content-Type/],
  ['an encoding that is not there', json('{"message":"m"}', { 'Content-Encoding': 'br' }), 415, /Content-Encoding/],
];

/** What is wrong → what is posted, the status, and what the detail must name. */
export const REFUSED: readonly Refusal[] = [...NOT_UTF8, ...NAMES, ...FIELDS, ...NESTING, ...HEADERS];
