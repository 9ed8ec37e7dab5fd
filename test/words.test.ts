// The pages' words: both languages have the same, and every one that a page asks for is there.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { en } from '../public/words/en.js';
import { zh } from '../public/words/zh.js';

const PUBLIC = fileURLToPath(new URL('../public', import.meta.url));
const words: Readonly<Record<string, string>> = en;

const files = readdirSync(PUBLIC, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|html)$/.test(name));
const sources = files.map((name) => readFileSync(join(PUBLIC, name), 'utf8'));

function asked(): string[] {
  const found = sources.flatMap((source) => [
    ...source.matchAll(/\bt\('([^']+)'/g),
    ...source.matchAll(/data-i18n(?:-label|-placeholder)?="([^"]+)"/g),
  ]);
  return [...new Set(found.map(([, key]) => key as string))];
}

test('Words: both languages have the same keys, with the same places to fill in', () => {
  const places = (all: Readonly<Record<string, string>>) =>
    Object.entries(all).map(([key, text]) => [key, [...text.matchAll(/\{\w+\}/g)].map(String).sort()] as const);
  expect(Object.fromEntries(places(zh))).toEqual(Object.fromEntries(places(en)));
  for (const [key, text] of Object.entries(zh)) if (key !== 'json') expect(text, key).toMatch(/[\p{Script=Han}：]/u);
});

test('Words: what a page asks for is there, and what is there is asked for', () => {
  expect(asked().filter((key) => words[key] === undefined)).toEqual([]);
  const all = sources.filter((source) => !source.includes("The pages' words in")).join('\n');
  // Some are put together, such as the reasons of a reset.
  const unused = Object.keys(words).filter((key) => !new RegExp(`\\b${key.replace(/\..*/, '')}\\b`).test(all));
  expect(unused).toEqual([]);
});

test('Words: the HTML has the English ones, for who has no scripts', () => {
  for (const source of sources) {
    for (const [, key, n, text] of source.matchAll(/data-i18n="([^"]+)"(?: data-n="(\d+)")?[^>]*>([^<]*)</g)) {
      const plain = text?.replace(/\s+/g, ' ').trim();
      if (plain) expect(plain, key).toBe(words[key as string]?.replace('{n}', n ?? '{n}'));
    }
  }
});
