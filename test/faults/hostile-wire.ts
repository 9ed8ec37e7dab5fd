// Requests as no client library writes them, and what becomes of their connections.

import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'vitest';
import { answersIn, detailOf, type RawAnswer } from '../support/raw-answers.ts';
import { MARKER, post, rows, type WireRow } from './hostile-http.ts';
import { LINE_ROWS } from './hostile-lines.ts';
import { SMUGGLING } from './hostile-smuggling.ts';

export const WIRE: readonly (readonly [what: string, row: WireRow])[] = [...SMUGGLING, ...LINE_ROWS].map((row) => [
  row.what,
  row,
]);

/** Sends these bytes and the marker; resolves with all answers when the connection has ended. */
export async function exchange(url: string, { raw, ending }: WireRow): Promise<readonly RawAnswer[]> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (piece: string) => {
    text += piece;
    // Who has been refused for good ends its side.
    if (/^connection: close\r$/im.test(text)) socket.end();
  });
  // A reset is an end as good as another.
  socket.on('error', () => undefined);
  socket.write(ending === 'cut' ? raw : raw + MARKER, 'latin1');
  if (ending === 'cut') socket.end();
  await once(socket, 'close');
  // To HTTP/0.9 nginx gives a body and nothing else, which is no answer to anything later.
  return text.startsWith('HTTP/') ? answersIn(text, raw.startsWith('HEAD ')) : [];
}

// So many at a time take all connections that nginx has kept to replicas, whichever of its workers they come to.
const LATER = 6;
let later = 0;

/** Expects that new clients are answered what they ask for, and not what somebody has asked before them. */
export async function expectInStep(url: string): Promise<void> {
  await Promise.all(
    Array.from({ length: LATER }, async () => {
      later += 1;
      const [path, field] = [`/later-${later}`, `field-${later}`];
      const raw = `GET ${path} HTTP/1.1\r\nHost: wire\r\n\r\n${post(`Content-Length: ${field.length}\r\n`, field)}`;
      const [row] = rows([['a later client', raw, [404, 400, 404]]]) as [WireRow];
      const details = (await exchange(url, row)).map(detailOf);
      expect(details).toEqual([
        `There is nothing at ${path}.`,
        `There is no field "${field}": use message, channel, event or retry.`,
        'There is nothing at /marker.',
      ]);
    }),
  );
}
