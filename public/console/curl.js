// A message as the command that sends it again. It is for a POSIX shell, and safe to paste there: whatever a message
// holds stays inside one quoted word.

/** One word of a shell: nothing but the closing quote means anything between single quotes. */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

// With the zero that ends it, a word of a command has 128 KiB at most on Linux.
const maxWordBytes = 131_071;
const encoder = new TextEncoder();

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
  const command = `curl${authorization} -H 'Content-Type: application/json'`;
  const url = quoted(`${origin}/send`);
  if (encoder.encode(body).length <= maxWordBytes) return `${command} -d ${quoted(body)} ${url}`;
  // A long one is read by curl from lines that the shell leaves as they are; no line of JSON is the last of them.
  return `${command} --data-binary @- ${url} <<'END'\n${body}\nEND\n`;
}
