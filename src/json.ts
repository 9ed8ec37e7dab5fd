// JSON as bodies carry it; but what JavaScript's parser would repair is refused, or kept as it was written.

import { endOfString, JsonReader, TOO_DEEP, Unreadable } from './json-reader.ts';
import { Problem } from './problem.ts';

/**
 * The value of `text`. A number that a double cannot hold is raw JSON, as it was written.
 * @throws Problem 400 where it is not JSON, is nested too deeply, or has a name twice in one object
 */
export function parseJson(text: string): unknown {
  try {
    JSON.parse(text);
    return new JsonReader(text).value();
  } catch (error) {
    if (error instanceof Unreadable) throw new Problem(400, error.message);
    if (error instanceof RangeError) throw new Problem(400, TOO_DEEP);
    throw new Problem(400, `The body is not valid JSON: ${(error as Error).message}.`);
  }
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
