// What is measured, and how a process of it is started and ended. Whoever starts one ends it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Tool } from '../../test/support/tools.ts';
import type { Dialect } from './generator.ts';
import { pin } from './processes.ts';

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

/** Resolves when something listens on a port. */
export async function accepting(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('a server ended at its start');
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await wait(50);
    } finally {
      socket.destroy();
    }
  }
}

export async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
