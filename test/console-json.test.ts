// How the live page lays out a message that is JSON: what was sent, with space between, and nothing made of it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prettyJson } from '../public/console/raw.js';

/** JSON without the space that stands outside of strings. */
function dense(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, quoted: string | undefined) => quoted ?? '');
}

const space = fc.constantFrom('', '', ' ', '\n\t', '\r\n');
const spaced = (...parts: fc.Arbitrary<string>[]) =>
  fc.tuple(...parts.flatMap((part) => [space, part, space])).map((all) => all.join(''));
const quoted = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"\\u0041"', '"\\/"', '"[{,:}]"', '"\\\\"', '"\u2028"', '"__proto__"', '"a"'),
);
const literal = fc.constantFrom('1.0', '-0', '1e400', '1E+2', '0.10', '12345678901234567890', 'true', 'null');

/** JSON as people and programs write it, which may name a thing twice. */
const { nested } = fc.letrec<{ nested: string; value: string }>((tie) => {
  const listed = (open: string, item: fc.Arbitrary<string>, close: string) =>
    spaced(
      fc.constant(open),
      fc.array(item, { maxLength: 4 }).map((all) => all.join(',')),
      fc.constant(close),
    );
  return {
    nested: fc.oneof(listed('[', tie('value'), ']'), listed('{', spaced(quoted, fc.constant(':'), tie('value')), '}')),
    value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, spaced(quoted), spaced(literal), tie('nested')),
  };
});

describe('Console: a message as JSON', () => {
  test('only what is worth laying out is laid out', () => {
    expect(prettyJson('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(prettyJson('[{},[ ],{"a":"}"}]')).toBe('[\n  {},\n  [],\n  {\n    "a": "}"\n  }\n]');
    for (const plain of ['1', '"a"', 'null', '{a}', '', '[', 'a {}']) expect(prettyJson(plain)).toBeUndefined();
  });

  test('it stays as it was written, with what its values would not tell', () => {
    expect(prettyJson('{"id":12345678901234567890,"f":1.0,"e":1E400,"u":"\\u0041","a":1,"a":2}')).toBe(
      '{\n  "id": 12345678901234567890,\n  "f": 1.0,\n  "e": 1E400,\n  "u": "\\u0041",\n  "a": 1,\n  "a": 2\n}',
    );
  });

  test('laid out it differs from what was sent in nothing but the space between', () => {
    fc.assert(
      fc.property(nested, (source) => {
        const laidOut = prettyJson(source) as string;
        expect(JSON.parse(laidOut)).toEqual(JSON.parse(source));
        expect(dense(laidOut)).toBe(dense(source));
      }),
      { numRuns: 300 },
    );
  });

  test('as deep as a message can be, it is laid out in bounded length', () => {
    const deep = `${'['.repeat(32_768)}${']'.repeat(32_768)}`;
    const laidOut = prettyJson(deep) as string;
    expect(dense(laidOut)).toBe(deep);
    expect(laidOut.length).toBeLessThan(100 * deep.length);
  });
});
