// The load generator as a process that is told what to do. What the commands mean, generator.c says.

import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { LOAD_CORE, pin } from './processes.ts';

/** How a server is spoken to. */
export interface Dialect {
  /** The lines of the request for a stream, without the empty one. */
  readonly stream: string;
  /** The lines of a publish, without its length. */
  readonly publish: string;
  /** What stands around a message in a publish. */
  readonly around: readonly [before: string, after: string];
}

/** What came of publishing. Latencies in milliseconds, from when a publish was due to a stream's read. */
export interface Outcome {
  readonly seconds: number;
  readonly published: number;
  /** Deliveries until the last publish, and all of them until nothing came any more. */
  readonly within: number;
  readonly delivered: number;
  /** What there had to be. */
  readonly owed: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

const folder = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Compiles a program of this folder; returns where it is. */
export function compile(name: 'generator' | 'loop'): string {
  mkdirSync(folder('bin'), { recursive: true });
  const program = folder(`bin/${name}`);
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', program, folder(`${name}.c`)], { stdio: 'inherit' });
  return program;
}

export class Generator {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: NodeJS.AsyncIterator<string>;
  readonly #lines: Interface;

  constructor(program: string, port: number, { stream, publish, around }: Dialect) {
    this.#child = spawn(program, [String(port), stream, publish, ...around], { stdio: ['pipe', 'pipe', 'inherit'] });
    pin(this.#child.pid as number, LOAD_CORE);
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /**
   * Opens `count` more streams, `window` at a time.
   * @param expect how many messages each gets before it counts as open
   * @param header one more line of the request
   * @returns seconds
   */
  async open(count: number, window: number, expect = 0, header = ''): Promise<number> {
    return ((await this.#ask(`open ${count} ${window} ${expect} ${header}`)) as { seconds: number }).seconds;
  }

  async close(): Promise<void> {
    await this.#ask('close');
  }

  /** Publishes at a steady rate. */
  async pace(perSecond: number, seconds: number, bytes: number): Promise<Outcome> {
    return whole((await this.#ask(`pace ${perSecond} ${seconds} ${bytes}`)) as Outcome);
  }

  /** Publishes as fast as answers come, `inflight` at a time. */
  async flood(inflight: number, seconds: number, bytes: number, batch = 1): Promise<Outcome> {
    return whole((await this.#ask(`flood ${inflight} ${seconds} ${bytes} ${batch}`)) as Outcome);
  }

  end(): void {
    this.#child.stdin.end();
    this.#lines.close();
  }

  async #ask(command: string): Promise<unknown> {
    this.#child.stdin.write(`${command}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`the generator ended at: ${command}`);
    return JSON.parse(value);
  }
}

/** A figure of a run that lost something is worth nothing. */
function whole(outcome: Outcome): Outcome {
  const { delivered, owed } = outcome;
  if (delivered !== owed) throw new Error(`${delivered} deliveries came instead of ${owed}`);
  return outcome;
}
