// How large the messages in a text are, told by its characters before it is parsed: counting them takes a tenth of the time.
// The text need not be JSON; what is told then is of no use, and the parser refuses it.

import { endOfString } from './json-reader.ts';

export interface JsonSize {
  /** Elements of the array that the text is; undefined where it is none. */
  readonly elements: number | undefined;
  /** How many bytes the largest of them, or else the whole, has at least as one line of JSON. */
  readonly largest: number;
}

/** `\u0041` may stand for one byte: JSON has no wider way to write one. */
export const WIDEST_ESCAPE = 6;

// Codes and not characters: this looks at a megabyte at once.
const [TAB, LINE_FEED, RETURN, SPACE, QUOTE, COMMA] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c];
// With this bit, `[` is `{` and `]` is `}`.
const [CURLY, OPEN, CLOSE] = [0x20, 0x7b, 0x7d];

export function measureJson(text: string): JsonSize {
  const isArray = /^[ \n\r\t]*\[/.test(text);
  let [depth, ended, own, largest] = [0, 0, 0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === SPACE || code === LINE_FEED || code === RETURN || code === TAB) continue;
    own += 1;
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (end === -1) break;
      own += 1 + (end - at - 1) / WIDEST_ESCAPE;
      at = end;
    } else if (code === COMMA && depth === 1 && isArray) {
      ended += 1;
      largest = Math.max(largest, own);
      own = 0;
    } else if ((code | CURLY) === OPEN) depth += 1;
    else if ((code | CURLY) === CLOSE) depth -= 1;
  }
  return { elements: isArray ? ended + 1 : undefined, largest: Math.max(largest, own) };
}
