// Where a message came from: what is believed of a request, and how it is kept with the message.

import { expect, test } from 'vitest';
import { decodeOrigin, encodeOrigin, originOf } from '../src/origin.ts';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('Trace: a valid traceparent is kept, and of a later version as much as is known', () => {
  expect(originOf({ traceparent: TRACE }, false)).toEqual({ traceparent: TRACE });
  expect(originOf({ traceparent: `01${TRACE.slice(2)}-more` }, false)).toEqual({ traceparent: `01${TRACE.slice(2)}` });
});

test.each([
  ['nothing', ''],
  ['a forbidden version', `ff${TRACE.slice(2)}`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
  ['a parent of zeros', `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`],
  ['capitals', TRACE.toUpperCase()],
  ['one that is cut off', TRACE.slice(0, -1)],
  ['one that goes on', `${TRACE}0`],
  ['one of version 00 with more behind it', `${TRACE}-more`],
  ['one of version 00 with a dash behind it', `${TRACE}-`],
  ['one with something before it', ` ${TRACE}`],
])('Trace: %s is no traceparent', (_, traceparent) => {
  expect(originOf({ traceparent }, true)).toEqual({});
});

test('P8: a request id is believed from a proxy alone', () => {
  expect(originOf({ 'x-request-id': 'r1' }, true)).toEqual({ requestId: 'r1' });
  expect(originOf({ 'x-request-id': 'r1' }, false)).toEqual({});
  expect(originOf({ 'x-request-id': 'two words' }, true)).toEqual({});
});

test.each([{}, { traceparent: TRACE }, { requestId: 'r1' }, { traceparent: TRACE, requestId: 'r1' }])(
  'Trace: %j is kept with a message in one field without tabs and line ends',
  (origin) => {
    const kept = encodeOrigin(origin);
    expect(decodeOrigin(kept)).toEqual(origin);
    expect(kept).toMatch(/^[ -~]*$/);
  },
);
