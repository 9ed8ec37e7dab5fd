// JSON as bodies carry it; but what JavaScript's parser would repair is refused, or kept as it was written.

import { Problem } from './problem.ts';

// ES2026's JSON source text access, which TypeScript's library does not declare yet.
declare global {
  interface JSON {
    rawJSON(source: string): unknown;
    isRawJSON(value: unknown): boolean;
    parse(
      text: string,
      reviver: (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
  }
}

/**
 * The value of `text`. A number that a double cannot hold is raw JSON, as it was written.
 * @throws Problem 400 where it is not JSON, is nested too deeply, or has a name twice in one object
 */
export function parseJson(text: string): unknown {
  let members = 0;
  function exact(this: unknown, _key: string, value: unknown, { source }: { readonly source?: string }): unknown {
    if (!Array.isArray(this)) members += 1;
    if (typeof value !== 'number' || source === undefined || JSON.stringify(value) === source) return value;
    return JSON.rawJSON(source);
  }
  let value: unknown;
  try {
    value = JSON.parse(text, exact);
  } catch (error) {
    // The stack is what bounds it, at some 2,000 levels.
    if (error instanceof RangeError) throw new Problem(400, 'The JSON is nested too deeply: send it as a string.');
    throw new Problem(400, `The body is not valid JSON: ${(error as Error).message}.`);
  }
  // The parser keeps the last of a name's values and drops the others. The whole is a member of a holder that it makes.
  if (colons(text) !== members - 1)
    throw new Problem(400, 'A name is there twice in one object of the JSON: keep one of them.');
  return value;
}

/** The members of an object as they are written. `text` is JSON, and of a name that is there twice the last one counts. */
export function memberSources(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  for (let at = text.indexOf('"'); at !== -1; ) {
    const nameEnd = endOfString(text, at) + 1;
    const start = text.indexOf(':', nameEnd) + 1;
    const end = endOfValue(text, start);
    members.set(JSON.parse(text.slice(at, nameEnd)) as string, text.slice(start, end).trim());
    at = text.indexOf('"', end);
  }
  return members;
}

/** Where the value that begins at `start` ends: at the comma or bracket that is not its own. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; ; at += 1) {
    const character = text[at] as string;
    if (character === '"') at = endOfString(text, at);
    else if ('[{'.includes(character)) depth += 1;
    else if (depth === 0 && ',}'.includes(character)) return at;
    else if (']}'.includes(character)) depth -= 1;
  }
}

/** The colons outside of strings, one for each name and value that was written. */
function colons(json: string): number {
  let count = 0;
  for (let at = 0; at < json.length; at += 1) {
    if (json[at] === '"') at = endOfString(json, at);
    else if (json[at] === ':') count += 1;
  }
  return count;
}

/** Where the string that begins at `start` ends: at a quote behind an even number of backslashes. */
function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); ; at = json.indexOf('"', at + 1)) {
    let before = at;
    while (json[before - 1] === '\\') before -= 1;
    if ((at - before) % 2 === 0) return at;
  }
}
