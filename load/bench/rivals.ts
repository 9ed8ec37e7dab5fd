// What Fanfare is measured beside: nchan, better-sse, and the least that any server does.

import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/redis.ts';
import { program } from '../../test/support/tools.ts';
import { compile, type Dialect } from './generator.ts';
import { children, SERVER_CORE } from './processes.ts';
import { accepting, type Contender, end, firstLine, type Server, start } from './servers.ts';

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
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-nchan-'));
  await chmod(folder, 0o755);
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  const text = await readFile(join(HERE, 'nchan.conf'), 'utf8');
  const config = text
    .replaceAll('FOLDER', folder)
    .replace('PORT', String(port))
    .replace('MODULES', dirname(program('nchan')));
  await writeFile(file, config);
  const nginx = start(SERVER_CORE, program('nginx'), ['-c', file, '-e', 'stderr', '-g', 'daemon off;'], process.env);
  await accepting(port, nginx);
  const pids = [nginx.pid as number, ...children(nginx.pid as number)];
  const stop = async () => {
    await end(nginx);
    await rm(folder, { recursive: true });
  };
  return { port, pids, replicas: pids, stop };
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
  const port = Number(await firstLine(child));
  const pids = [child.pid as number];
  return { port, pids, replicas: pids, stop: () => end(child) };
}

async function startLoop(): Promise<Server> {
  const port = await freePort();
  const child = start(SERVER_CORE, compile('loop'), [String(port)], process.env);
  await accepting(port, child);
  const pids = [child.pid as number];
  return { port, pids, replicas: pids, stop: () => end(child) };
}
