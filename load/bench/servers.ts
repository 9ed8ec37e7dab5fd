// What is measured, and how a process of it is started and ended. Whoever starts one ends it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { accepts } from '../../test/support/nginx.ts';
import { freePort } from '../../test/support/redis.ts';
import type { Tool } from '../../test/support/tools.ts';
import type { Dialect } from './generator.ts';
import { children, pin, SERVER_CORE } from './processes.ts';

/** A server under measurement. */
export interface Server {
  readonly port: number;
  /** The processes that are measured: without the bus, with the proxy where there is one. */
  readonly pids: readonly number[];
  /** The replicas among them. */
  readonly replicas: readonly number[];
  readonly metricsUrl?: string;
  stop(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  readonly dialect: Dialect;
  /** What it is started with. */
  readonly tools: readonly Tool[];
  /** Whether several messages fit into one publish. */
  readonly batches: boolean;
  /** Publishes one message and says with which header a stream comes back after it; missing where nothing is kept. */
  readonly cursor?: (port: number) => Promise<string>;
  start(): Promise<Server>;
}

/** Starts a program, on one core where one is named; what it says as an error is shown. */
export function start(
  core: number | undefined,
  command: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): ChildProcess {
  const child = spawn(command, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  if (core !== undefined) pin(child.pid as number, core);
  return child;
}

/** The first line that it prints; what follows is thrown away. */
export async function firstLine(child: ChildProcess): Promise<string> {
  const output = child.stdout;
  if (output === null) throw new Error('nothing can be read from this process');
  const [text] = (await once(output.setEncoding('utf8'), 'data')) as [string];
  output.resume();
  return text.split('\n')[0] as string;
}

/** A server that is one process, and listens on a port. */
export function alone(child: ChildProcess, port: number): Server {
  const pids = [child.pid as number];
  return { port, pids, replicas: pids, stop: () => end(child) };
}

/**
 * Starts a server that reads its configuration from a file, in a folder of its own.
 * @param words its command line
 */
export async function startConfigured(
  command: string,
  configuration: (folder: string, port: number) => string | Promise<string>,
  words: (file: string) => readonly string[],
): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-bench-'));
  // Workers of nginx are another user where this is root.
  await chmod(folder, 0o755);
  const port = await freePort();
  const file = join(folder, 'server.conf');
  await writeFile(file, await configuration(folder, port));
  const child = start(SERVER_CORE, command, words(file), process.env);
  await accepting(port, child);
  const pid = child.pid as number;
  const pids = [pid, ...children(pid)];
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true });
  };
  return { port, pids, replicas: pids, stop };
}

/** What nginx is told beside its configuration. */
export const nginxWords = (file: string) => ['-c', file, '-e', 'stderr', '-g', 'daemon off;'];

/** Resolves when something listens on a port. */
export async function accepting(port: number, child: ChildProcess): Promise<void> {
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error('a server ended at its start');
    await wait(50);
  }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
