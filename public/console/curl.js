// A message as the command that sends it again. It is for a POSIX shell, and safe to paste there: whatever a message
// holds stays inside one quoted word.

/** One word of a shell: nothing but the closing quote means anything between single quotes. */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * @param origin where the server is, such as `http://localhost:8080`
 * @param withToken whether the server asks for a token, which is left to the shell's `$TOKEN`
 */
export function curlCommand({ channels, event, data }, origin, withToken = false) {
  const named = event === 'message' ? {} : { event };
  const channel = channels.length === 1 ? channels[0] : channels;
  const authorization = withToken ? ' -H "Authorization: Bearer $TOKEN"' : '';
  // JSON escapes line ends, so the command is one line; in a form they would be changed.
  const body = JSON.stringify({ channel, ...named, message: data });
  return `curl${authorization} -H 'Content-Type: application/json' -d ${quoted(body)} ${quoted(`${origin}/send`)}`;
}
