// A message as others see it: the block that a stream carries, and its JSON, where it is some.

/** The block of an event stream, for reading: what `curl -N /stream` shows. */
export function streamBlock({ id, event, data }) {
  const name = event === 'message' ? '' : `event: ${event}\n`;
  return `id: ${id}\n${name}data: ${data.replaceAll('\n', '\ndata: ')}`;
}

// A string, a bracket, a comma or colon, or whatever else stands between them: numbers and words.
const tokens = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/g;
const [openers, closers] = [new Set('[{'), new Set(']}')];
const indent = '  ';
// Nobody reads deeper, and each line of a very deep text would be as long as the text.
const maxIndents = 30;

/** Laid out over lines; undefined where the text is no JSON, or only a number, a word or a string. */
export function prettyJson(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    // Not JSON: shown as the text that it is.
    return undefined;
  }
  return laidOut(text.match(tokens));
}

/** What was sent stays as it was written: read as values, long numbers would be rounded and doubled names lost. */
function laidOut(all) {
  let depth = 0;
  const line = () => `\n${indent.repeat(Math.min(depth, maxIndents))}`;
  function lay(token, i) {
    if (token === ':') return ': ';
    if (token === ',') return `,${line()}`;
    if (openers.has(token)) {
      depth += 1;
      return closers.has(all[i + 1]) ? token : token + line();
    }
    if (!closers.has(token)) return token;
    depth -= 1;
    return openers.has(all[i - 1]) ? token : line() + token;
  }
  return all.map(lay).join('');
}
