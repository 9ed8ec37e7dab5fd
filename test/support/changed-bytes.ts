// Bytes that are nearly right, for requests at random.

import fc from 'fast-check';

const MOST_CHANGES = 3;

/** `whole` with a few bytes put in, in place of others. @param tokens what is put in, of one byte for each character */
export function changed(whole: fc.Arbitrary<Uint8Array>, tokens: readonly string[]): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    gone: fc.integer({ min: 0, max: 3 }),
    put: fc.oneof(
      fc.constantFrom(...tokens).map((each) => Buffer.from(each, 'latin1')),
      fc.uint8Array({ maxLength: 3 }),
    ),
  });
  return fc.tuple(whole, fc.array(change, { maxLength: MOST_CHANGES })).map(([bytes, changes]) =>
    changes.reduce<Uint8Array>((now, { at, gone, put }) => {
      const from = Math.floor(at * (now.length + 1));
      return Buffer.concat([now.subarray(0, from), put, now.subarray(from + gone)]);
    }, bytes),
  );
}

/** What a header may hold: bytes without controls. */
export const headerValue = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
  maxLength: 20,
});
