// Publishes that are strange and yet right: each is delivered literally. Lines end where the standard ends them, and
// nothing else of a text means anything.

import type { Posted } from './hostile-posts.ts';
import { form, json } from './hostile-posts.ts';

/** What is strange → what is sent, and what a reader sees where line ends make a difference. */
const TEXTS: readonly (readonly [what: string, sent: string, seen?: string])[] = [
  ['a byte order mark first', '\ufeffa'],
  ['byte order marks alone', '\ufeff\ufeff'],
  ['a byte order mark on each line', '\ufeffa\n\ufeffdata: b'],
  ['a lone CR', 'a\rb', 'a\nb'],
  ['CR at both ends', '\ra\r', '\na\n'],
  ['CRLF, LF CR and CR CR LF', 'a\r\nb\n\rc\r\r\nd', 'a\nb\n\nc\n\nd'],
  ['a thousand CRs', '\r'.repeat(1_000), '\n'.repeat(1_000)],
  ['NUL', 'a\0b\0'],
  ['NUL alone', '\0'],
  ['the other C0 controls and DEL', '\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0b\x0c\x0e\x0f\x10\x1a\x1b[31m\x1f\x7f'],
  ['the C1 controls', String.fromCharCode(...Array.from({ length: 32 }, (_, index) => 0x80 + index))],
  ['U+2028 and U+2029', 'a\u2028event: fanfare:close\u2029\u2029b'],
  ['noncharacters', '\ufffe\uffff\ufdd0\u{10ffff}\ufffd'],
  ['invisible and reversed letters', '\u202egnp.exe\u200b\u200d\u2066'],
  ['an event after LF LF', 'x\n\nid: 9-9\nevent: fanfare:close\ndata: {}\n\n'],
  ['an event after CR CR', 'x\r\rid: 9-9\revent: fanfare:close\r\r', 'x\n\nid: 9-9\nevent: fanfare:close\n\n'],
  ['an event after CRLF CRLF', 'x\r\n\r\nretry: 1\r\ndata\r\n\r\n', 'x\n\nretry: 1\ndata\n\n'],
  ['a comment and a field without a colon', ': x\ndata\nid'],
  ['the end of a chunk and another answer', '0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n', '0\n\nHTTP/1.1 200 OK\n\n'],
  ['a frame of the bus', '1\tmessage\t9-9\t0-0\tmessages\ndata: x\n'],
  ['percent, plus and ampersand', '%00%0a+&message=x%'],
  ['the name of a prototype', '__proto__'],
];

const escaped = (text: string) =>
  text.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What is strange in the body itself → the body, and what a reader sees. */
const BODIES: readonly (readonly [what: string, posted: Posted, data: string])[] = [
  ['percent signs that encode nothing', form('message=100%&event=message'), '100%'],
  ['broken percent-encoding', form('message=%zz%4%u0041%'), '%zz%4%u0041%'],
  ['raw controls in a form', form('message=a\0b\r\nc\x01'), 'a\0b\nc\x01'],
  ['raw letters in a form', form('message=é🎺\ufeff'), 'é🎺\ufeff'],
  ['more equals signs', form('message=a=b=c;event=d'), 'a=b=c;event=d'],
  ['empty fields of a form', form('&&message=m&&'), 'm'],
  ['a form field without a value', form('message'), ''],
  ['a __proto__ within the message', json('{"message":{"__proto__":{"event":"x"}}}'), '{"__proto__":{"event":"x"}}'],
  [
    'a constructor within the message',
    json('{"message":{"constructor":{"prototype":1}}}'),
    '{"constructor":{"prototype":1}}',
  ],
  ['a toJSON within the message', json('{"message":{"toJSON":"x"}}'), '{"toJSON":"x"}'],
  ['half a surrogate pair within the message', json('{"message":{"\\ud800":"\\udc00"}}'), '{"\\ud800":"\\udc00"}'],
  ['a whole surrogate pair in two escapes', json('{"message":"\\ud83c\\udfba"}'), '🎺'],
  ['a number past every double', json('{"message":1e400}'), '1e400'],
  [
    'numbers that a double would change',
    json('{"message":[-0,1.0,1E5,12345678901234567890]}'),
    '[-0,1.0,1E5,12345678901234567890]',
  ],
  ['a number of 10,000 digits', json(`{"message":${'9'.repeat(10_000)}}`), '9'.repeat(10_000)],
  ['500 nested arrays', json(`{"message":${'['.repeat(500)}${']'.repeat(500)}}`), '['.repeat(500) + ']'.repeat(500)],
  ['null', json('{"message":null}'), 'null'],
  ['white space and line ends around JSON', json('\r\n\t{ "message" :\r{ "a\\r" : [ 1 ,\n2 ] } }\n'), '{"a\\r":[1,2]}'],
  ['an escaped field name', json('{"mess\\u0061ge":"m"}'), 'm'],
  [
    'colons and quotes within strings',
    json('{"message":{"a:\\"":":\\\\","b":"\\":"}}'),
    '{"a:\\"":":\\\\","b":"\\":"}',
  ],
  ['the same name in two objects', json('{"message":[{"a":1},{"a":{"a":2}}]}'), '[{"a":1},{"a":{"a":2}}]'],
  ['an Idempotency-Key that is a prototype', json('{"message":"k1"}', { 'Idempotency-Key': '__proto__' }), 'k1'],
  ['an Idempotency-Key that is a key of the log', json('{"message":"k2"}', { 'Idempotency-Key': '{0}:log' }), 'k2'],
  ['an Idempotency-Key of 255 tildes', json('{"message":"k3"}', { 'Idempotency-Key': '~'.repeat(255) }), 'k3'],
];

/** Everything that is to be delivered, with what a reader sees. */
export const LITERAL: readonly (readonly [what: string, posted: Posted, data: string])[] = [
  ...TEXTS.flatMap(
    ([what, sent, seen = sent]) =>
      [
        [`${what} in a form`, form(`message=${encodeURIComponent(sent)}`), seen],
        [`${what} in JSON`, json(JSON.stringify({ message: sent })), seen],
        [`${what} in JSON escapes`, json(`{"message":"${escaped(sent)}"}`), seen],
      ] as const,
  ),
  ...BODIES,
];

/** Names that are right for a channel and for an event, however strange. Nobody listens to what they would be tidied to. */
export const NAMES = [
  ...['\ufeff', '\ufeffmark', ' before', 'after ', '  ', 'UPPER', 'e\u0301', '\u212b', '\u2028', '\u202e'],
  ...['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'null', '0', '-1', '%00', '%', 'a&b=c', '#', '../x'],
  ...['*', 'h?llo', '[a-z]', '{0}', '{0}:log', 'probe', 'break', '"],"', 'a: b', ':', 'data', '\u{10ffff}', '🎺'],
];

/** Names that only a channel may have. */
export const CHANNELS = [...NAMES, 'open', 'error', 'fanfare:open', 'fanfare:{0}:log'];
