// A message as others see it: the block that a stream carries, and its JSON, where it is some.

/** The block of an event stream, for reading: what `curl -N /stream` shows. */
export function streamBlock({ id, event, data }) {
  const name = event === 'message' ? '' : `event: ${event}\n`;
  return `id: ${id}\n${name}data: ${data.replaceAll('\n', '\ndata: ')}`;
}

/** Laid out over lines; undefined where the text is no JSON, or only a number, a word or a string. */
export function prettyJson(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    // Not JSON: shown as the text that it is.
    return undefined;
  }
}
