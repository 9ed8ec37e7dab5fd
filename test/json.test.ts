// JSON bodies: what is taken is what the platform's parser gives with each number's source, for a fraction of the time; and
// what is too large is told without parsing it.

import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../src/json.ts';
import { measureJson } from '../src/json-size.ts';
import { Problem } from '../src/problem.ts';

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** As it is said by the standard: a reviver sees the source of each number. Undefined where it is to be refused. */
function parsedBySource(text: string): unknown {
  let members = 0;
  function exact(this: unknown, _key: string, value: unknown, { source }: { readonly source?: string }): unknown {
    if (!Array.isArray(this)) members += 1;
    if (typeof value !== 'number' || source === undefined || JSON.stringify(value) === source) return value;
    return JSON.rawJSON(source);
  }
  try {
    const value = JSON.parse(text, exact satisfies Reviver as never);
    const colons = text.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;
    return members - 1 === colons ? value : undefined;
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    expect(error).toMatchObject({ status: 400 });
    return undefined;
  }
}

const white = fc.stringMatching(/^[ \n\r\t]{0,2}$/);
const escaped = fc.constantFrom('\\n', '\\"', '\\\\', '\\/', '\\u0041', '\\ud800', '\\u0000', '"', 'é', '🎺', '\u2028');
const plain = fc.string({ unit: 'grapheme', maxLength: 5 }).map((text) => JSON.stringify(text));
const string = fc.oneof(
  plain,
  fc.array(escaped, { maxLength: 4 }).map((parts) => `"${parts.map((part) => (part === '"' ? '' : part)).join('')}"`),
  fc.constantFrom('"__proto__"', '"constructor"', '"1"', '"10"', '"a"', '"\\u0061"', '""'),
);
// Where an object has had a name that begins with a backslash, the platform takes escaped names of others for it.
const name = string.filter((source) => !String(JSON.parse(source)).includes('\\'));
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer().map(String),
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(String),
  fc.constantFrom('-0', '0', '1.0', '1e5', '1E+5', '0.1', '1e400', '1e-400', '0.0000001', '100000000000000000000'),
  // Not all of these are numbers.
  fc.stringMatching(/^-?\d{1,3}(\.\d{1,3})?([eE][+-]?\d{1,2})?$/),
);
const list = (open: string, close: string, parts: readonly string[]) => `${open}${parts.join(',')}${close}`;
const json = fc.letrec<{ value: string }>((tie) => ({
  value: fc
    .tuple(
      white,
      fc.oneof(
        { maxDepth: 4 },
        fc.oneof(string, number, fc.constantFrom('true', 'false', 'null')),
        fc.array(tie('value'), { maxLength: 4 }).map((parts) => list('[', ']', parts)),
        fc.array(fc.tuple(white, name, white, tie('value')), { maxLength: 4 }).map((members) =>
          list(
            '{',
            '}',
            members.map(([before, said, behind, value]) => `${before}${said}${behind}:${value}`),
          ),
        ),
      ),
      white,
    )
    .map((parts) => parts.join('')),
})).value;

test('P1: what is taken, and what it says, is as by the platform with the source of each number', () => {
  fc.assert(
    fc.property(json, (text) => {
      const [ours, theirs] = [parsed(text), parsedBySource(text)];
      expect(ours === undefined).toBe(theirs === undefined);
      expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
      // Raw JSON, prototypes and own members are compared as well.
      expect(isDeepStrictEqual(ours, theirs)).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});

test('P1: what is broken is refused, wherever it breaks', () => {
  const at = fc.nat();
  const character = fc.constantFrom('', '"', ',', ':', '{', '}', '[', ']', '\\', '0', '-', ' ', 'x');
  fc.assert(
    fc.property(json, at, character, (text, index, put) => {
      const place = index % (text.length + 1);
      const broken = text.slice(0, place) + put + text.slice(place + 1);
      // No backslash comes into a name, as above.
      fc.pre(!broken.includes('\\\\'));
      expect(JSON.stringify(parsed(broken))).toBe(JSON.stringify(parsedBySource(broken)));
      measureJson(broken);
    }),
    { numRuns: 5_000 },
  );
});

test('P1: names stay what they are, whatever others have sent', () => {
  // The platform's parser fails here in some versions: it remembers the names that followed one another.
  for (let times = 0; times < 3; times += 1) parseJson('{"q":1,"\\\\":2}');
  expect(parseJson('{"q":1,"\\u0061":2}')).toEqual({ q: 1, a: 2 });
});

describe('P7: what is measured before parsing', () => {
  test('never exceeds what a value has as one line of JSON', () => {
    fc.assert(
      fc.property(json, (text) => {
        const value = parsed(text);
        if (value === undefined) return;
        const bytes = Buffer.byteLength(JSON.stringify(value));
        const { elements, largest } = measureJson(text);
        expect(largest).toBeLessThanOrEqual(bytes);
        if (Array.isArray(value)) expect(elements).toBe(Math.max(1, value.length));
        else expect(elements).toBeUndefined();
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    ['a string', `{"message":"${'x'.repeat(1_200)}"}`, 200],
    ['an array', `{"message":[${'1,'.repeat(500)}1]}`, 1_000],
    ['objects', `[{"message":1},{"message":[${'{},'.repeat(500)}{}]}]`, 1_500],
    ['white space', `{"message":${' '.repeat(5_000)}1}`, 5],
  ])('tells about how large %s is', (_what, text, about) => {
    const { largest } = measureJson(text);
    expect(largest).toBeGreaterThan(about);
    expect(largest).toBeLessThan(about + 50);
  });
});

test('P6: the deepest nesting that is taken can be written again', () => {
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  expect(JSON.stringify(parseJson(deep(2_500)))).toBe(deep(2_500));
  expect(() => parseJson(deep(2_501))).toThrow(Problem);
});
