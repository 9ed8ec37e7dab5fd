// application/x-www-form-urlencoded (WHATWG URL, 5.1), as bodies and queries carry it; but what that parser would repair
// is refused.

import { isUtf8 } from 'node:buffer';
import { Problem } from './problem.ts';

/**
 * The names and values of `text`, in order.
 * @throws Problem 400 where percent-encoded bytes are not UTF-8, for which the parser would put U+FFFD
 */
export function parseForm(text: string): URLSearchParams {
  for (const [run] of text.matchAll(/(?:%[0-9a-f]{2})+/gi)) {
    if (!isUtf8(Buffer.from(run.replaceAll('%', ''), 'hex'))) {
      throw new Problem(400, `${run.slice(0, 30)} is not UTF-8: encode text as UTF-8 before percent-encoding it.`);
    }
  }
  // It takes one question mark away before it parses; the text's own belongs to the first name.
  return new URLSearchParams(`?${text}`);
}
