// Publishes as nobody would write them: fields that are nearly right, in a form or in JSON, whose bytes may then be changed,
// under headers that may say something else.

import fc from 'fast-check';
import { changed, headerValue } from './changed-bytes.ts';

export interface Post {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the reader listens to. */
export const LISTENED = ['messages', 'a', 'é🎺', '__proto__', 'constructor', 'toString', 'fanfare:open', '*', ' '];

const FIELD_NAMES = ['message', 'channel', 'event', 'retry', 'id', '__proto__', 'constructor', 'toString', ''];
const TEXTS = [
  '',
  '\n',
  '\r\n',
  'a\r\rb',
  '\0',
  '\ufeff',
  '\u2028',
  'data: x\n\nid: 1-1',
  '%00%0a',
  '%ff',
  'a%C3%',
  '+&=',
  '\ud800',
  '1e400',
];

const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 3, arbitrary: fc.constantFrom(...TEXTS) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  },
);
const channel = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...LISTENED) }, { weight: 1, arbitrary: text });
const event = fc.oneof(fc.constantFrom('open', 'error', 'fanfare:close', 'message', 'x', '__proto__'), text);
const retry = fc.oneof(fc.integer({ min: -1, max: 70_000 }), fc.constantFrom('0', '60000', '1e3', ' 1', ''));
const value = fc.oneof({ weight: 2, arbitrary: text }, { weight: 1, arbitrary: fc.jsonValue() });
// Not `String(…)`: a value at random may be an object whose `toString` is no function.
const written = value.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));

const fields = fc.record(
  {
    message: value,
    channel: fc.oneof(channel, fc.array(channel, { maxLength: 18 })),
    event,
    retry,
  },
  { requiredKeys: ['message'] },
);
// Right in every way, so that much is taken.
const whole = fc.string({ unit: 'binary', maxLength: 40 });
const goodFields = fc.record(
  {
    message: fc.oneof(whole, fc.jsonValue()),
    channel: fc.uniqueArray(fc.constantFrom(...LISTENED), { minLength: 1 }),
    event: fc.constantFrom('x', 'message', '__proto__', '\u2028'),
    retry: fc.nat(60_000),
  },
  { requiredKeys: ['message'] },
);
const oddFields = fc.dictionary(fc.constantFrom(...FIELD_NAMES), value, { maxKeys: 4 });

const json = fc
  .oneof(
    { weight: 5, arbitrary: goodFields },
    { weight: 3, arbitrary: fc.array(goodFields, { minLength: 1, maxLength: 5 }) },
    { weight: 3, arbitrary: fields },
    { weight: 2, arbitrary: fc.array(fc.oneof(fields, oddFields), { maxLength: 3 }) },
    { weight: 1, arbitrary: oddFields },
    { weight: 1, arbitrary: fc.jsonValue() },
  )
  .map((content) => JSON.stringify(content));

const pairs = fc.oneof(
  { weight: 5, arbitrary: whole.map((message) => [['message', message]]) },
  { weight: 1, arbitrary: text.map((message) => [['message', message]]) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(text, fc.array(channel, { maxLength: 17 }))
      .map(([message, channels]) => [['message', message], ...channels.map((name) => ['channel', name])]),
  },
  { weight: 1, arbitrary: fc.array(fc.tuple(fc.constantFrom(...FIELD_NAMES), written), { maxLength: 5 }) },
);
const form = fc.oneof(
  { weight: 5, arbitrary: pairs.map((each) => new URLSearchParams(each as [string, string][]).toString()) },
  { weight: 2, arbitrary: pairs.map((each) => each.map(([name, said]) => `${name}=${said}`).join('&')) },
);

const CHANGES = [
  '%',
  '&',
  '=',
  '"',
  '\\u',
  '{',
  '[',
  ',',
  ':',
  '1.0',
  '%ff',
  '\xff',
  '\0',
  '\r',
  'message=',
  '"id":1,',
];

const FORM = 'application/x-www-form-urlencoded';
const types = (right: string) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(right) },
    { weight: 2, arbitrary: fc.constantFrom(`${right}; charset=utf-8`, right.toUpperCase(), ` ${right} ;x=y`) },
    { weight: 1, arbitrary: fc.constantFrom(FORM, 'application/json', 'text/plain', `${right};charset=latin1`, '') },
    { weight: 1, arbitrary: headerValue },
  );
const moreHeaders = fc.record(
  {
    'Idempotency-Key': fc.oneof(fc.constantFrom('k1', 'k2', '__proto__', 'constructor', ''), headerValue),
    'X-Request-Id': fc.oneof(fc.constantFrom('r1', 'r2', 'k1'), headerValue),
    'Content-Encoding': fc.constantFrom('identity', 'identity', 'identity', '', 'br, identity'),
    Accept: fc.constantFrom('text/html', '*/*', 'application/json', 'text/html;q=0.1, */*', 'x'),
    traceparent: fc.oneof(fc.constant('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'), headerValue),
    Expect: fc.constantFrom('100-continue'),
    Cookie: headerValue,
  },
  { requiredKeys: [] },
);
// Most requests say nothing more, so that most are taken.
const headers = fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: moreHeaders });

function posts(bodies: fc.Arbitrary<string>, type: string): fc.Arbitrary<Post> {
  const bytes = bodies.map((body) => Buffer.from(body));
  const body = fc.oneof({ weight: 3, arbitrary: bytes }, { weight: 2, arbitrary: changed(bytes, CHANGES) });
  return fc.tuple(body, types(type), headers).map(([each, contentType, more]) => ({
    body: each,
    headers: { ...more, ...(contentType !== '' && { 'Content-Type': contentType }) },
  }));
}

export const anyPost: fc.Arbitrary<Post> = fc.oneof(
  { weight: 5, arbitrary: posts(json, 'application/json') },
  { weight: 5, arbitrary: posts(form, FORM) },
  { weight: 1, arbitrary: posts(text, 'application/json') },
);
