// The contract and its proof: every rule in SPEC.md has a test whose title begins with its id, and the table there says
// in which files.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const SPEC = new URL('SPEC.md', import.meta.url);
const BEGIN = '<!-- proofs: written by spec.test.ts -->';
const END = '<!-- end of proofs -->';

// A title as tests give it: after `test(`, `test.only(` or `test.each(…)(`, or in the first cell of a table of titles.
// It begins with rules: `R4: …`, `S1, P5: …`.
const TITLE = /(?:\btest(?:\.\w+)?\(|\)\(|\[)\s*(['"`])((?:[A-Z]\d+, )*[A-Z]\d+): /g;
// A named fault's title begins with its rule.
const FAULT = /\brule: '([A-Z]\d+)'/g;
// Its titles are examples.
const THIS = 'spec.test.ts';

const spec = readFileSync(SPEC, 'utf8');
const rules = [...spec.matchAll(/^- \*\*([A-Z]\d+)\*\*:/gm)].map(([, id]) => id as string);
const unproven = [...spec.matchAll(/^- Not yet proven: ([A-Z]\d+)\b/gm)].map(([, id]) => id as string);

/** The rules that the titles in `source` begin with. */
function rulesIn(source: string): readonly string[] {
  const titles = [...source.matchAll(TITLE)].flatMap(([, , ids]) => (ids as string).split(', '));
  return [...titles, ...[...source.matchAll(FAULT)].map(([, id]) => id as string)];
}

function proofs(): ReadonlyMap<string, readonly string[]> {
  const proven = new Map<string, string[]>();
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  const tests = files.filter(
    (file) => /^(?!node_modules|\.).*(\.(test|suite)|-faults)\.ts$/.test(file) && file !== THIS,
  );
  for (const file of tests.sort()) {
    const source = readFileSync(new URL(file, import.meta.url), 'utf8');
    for (const id of new Set(rulesIn(source))) proven.set(id, [...(proven.get(id) ?? []), file]);
  }
  return proven;
}

function table(proven: ReadonlyMap<string, readonly string[]>): string {
  const names = (id: string) => (proven.get(id) ?? []).map((file) => file.replace(/(\.(test|suite))?\.ts$/, ''));
  return rules.map((id) => `- ${id}: ${names(id).join(', ') || 'nothing yet'}\n`).join('');
}

test('titles are found in all forms that tests give them', () => {
  const source = `
    test('R1: one', () => {});
    test.each([1, 2])('R2, S3: of %s', () => {});
    test.each(['a'])(
      "P4: of %j", () => {});
    const refused = [['P5: without it', {}]];
    // R6: a remark
    const fault = { rule: 'R9', name: 'something is killed' };
    test('not R7: in the middle', () => expect(1, 'R8: nor here').toBe(1));
  `;
  expect(rulesIn(source)).toEqual(['R1', 'R2', 'S3', 'P4', 'P5', 'R9']);
});

test('every rule of the contract has a test whose title begins with it', () => {
  const proven = proofs();
  expect(rules.length).toBeGreaterThan(0);
  const missing = rules.filter((id) => !proven.has(id) && !unproven.includes(id));
  expect(missing, 'rules without a test: write one, or a line “- Not yet proven: ID, because …” into SPEC.md').toEqual(
    [],
  );
  const stale = unproven.filter((id) => proven.has(id) || !rules.includes(id));
  expect(stale, 'said to be not yet proven, but they are, or are no rules').toEqual([]);
});

test('no test speaks of a rule that the contract does not have', () => {
  expect([...proofs().keys()].filter((id) => !rules.includes(id))).toEqual([]);
});

test('every test that the table of threats names is there', () => {
  const rows = spec.slice(spec.indexOf('| threat '), spec.indexOf('## The rest of')).split('\n').slice(2);
  const named = rows.flatMap((row) =>
    (row.split('|')[3] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  );
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  expect(named.length).toBeGreaterThan(25);
  expect(named.filter((name) => ![`${name}.test.ts`, `${name}.ts`].some((file) => files.includes(file)))).toEqual([]);
});

test('the table of proofs is up to date', () => {
  const head = spec.indexOf(BEGIN) + BEGIN.length + 2;
  const end = spec.indexOf(END);
  expect(Math.min(spec.indexOf(BEGIN), end), 'SPEC.md has the marks around the table').toBeGreaterThan(0);
  const fresh = `${table(proofs())}\n`;
  if (process.env['UPDATE_SPEC'] && spec.slice(head, end) !== fresh) {
    writeFileSync(SPEC, spec.slice(0, head) + fresh + spec.slice(end));
    return;
  }
  const how = 'UPDATE_SPEC=1 npx vitest run --config test/vitest.config.ts test/spec.test.ts writes it anew';
  expect(spec.slice(head, end), how).toBe(fresh);
});
