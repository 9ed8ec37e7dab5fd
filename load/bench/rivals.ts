// What Fanfare is measured beside: nchan, better-sse, and the least that any server does.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/redis.ts';
import { program } from '../../test/support/tools.ts';
import { compile, type Dialect } from './generator.ts';
import { SERVER_CORE } from './processes.ts';
import {
  accepting,
  alone,
  type Contender,
  firstLine,
  nginxWords,
  type Server,
  start,
  startConfigured,
} from './servers.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

const PLAIN: Dialect = {
  stream: 'GET /stream HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream',
  publish: 'POST /send HTTP/1.1\r\nHost: bench\r\nContent-Type: text/plain',
  around: ['', ''],
};

export const RIVALS: readonly Contender[] = [
  { name: 'nchan', tools: ['nginx', 'nchan'], dialect: PLAIN, batches: false, cursor: nchanCursor, start: startNchan },
  { name: 'better-sse', tools: [], dialect: PLAIN, batches: false, start: startBetterSse },
  { name: 'C loop', tools: ['cc'], dialect: PLAIN, batches: false, start: startLoop },
];

async function startNchan(): Promise<Server> {
  const text = await readFile(join(HERE, 'nchan.conf'), 'utf8');
  const configuration = (folder: string, port: number) =>
    text
      .replaceAll('FOLDER', folder)
      .replace('PORT', String(port))
      .replace('MODULES', dirname(program('nchan')));
  return startConfigured(program('nginx'), configuration, nginxWords);
}

/** nchan tells a message's id only to those who listen. */
async function nchanCursor(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${PLAIN.stream}\r\n\r\n`);
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  await once(socket, 'data');
  await fetch(`http://127.0.0.1:${port}/send`, { method: 'POST', body: 'cursor' });
  let id: string | undefined;
  while (id === undefined) {
    await wait(10);
    id = /id: ?(\S+)\r?\n(?:.*\n)*?data: ?cursor/.exec(heard)?.[1];
  }
  socket.destroy();
  return `Last-Event-ID: ${id}`;
}

async function startBetterSse(): Promise<Server> {
  const child = start(SERVER_CORE, process.execPath, [join(HERE, 'better-sse.ts')], process.env);
  return alone(child, Number(await firstLine(child)));
}

async function startLoop(): Promise<Server> {
  const port = await freePort();
  const child = start(SERVER_CORE, compile('loop'), [String(port)], process.env);
  await accepting(port, child);
  return alone(child, port);
}
