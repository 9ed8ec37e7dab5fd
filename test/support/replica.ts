// Replicas for tests: in this process, put together as `main.ts` does it, and as a process of their own, which alone
// shows signals, exit codes and what is printed. Ports are the system's choice; whoever starts one ends it.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../../src/config.ts';
import type { Logger } from '../../src/log.ts';
import { createReplica } from '../../src/replica.ts';
import type { Environment } from '../../src/settings.ts';

export interface RunningReplica {
  readonly url: string;
  readonly metricsUrl: string;
  /** What was logged as an error: an answer 500 that nobody foresaw, for instance. */
  readonly errors: readonly object[];
  readonly stopped: boolean;
  stop(drainMs?: number): Promise<void>;
}

/** Starts a replica in this process. */
export async function startReplica(env: Environment = {}): Promise<RunningReplica> {
  const config = readConfig({ PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'silent', ...env }, 'test');
  const errors: object[] = [];
  const replica = createReplica(config, { version: '0.0.0', revision: 'test' }, errorsInto(errors), (reason) => {
    errors.push(new Error(reason));
  });
  const { port, metricsPort } = await replica.start();
  let stopped: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    errors,
    get stopped() {
      return stopped !== undefined;
    },
    stop: (drainMs = 0) => {
      stopped ??= replica.stop(drainMs);
      return stopped;
    },
  };
}

function errorsInto(errors: object[]): Logger {
  const ignore = () => undefined;
  const error = (fields: object, message: string) => void errors.push({ message, ...fields });
  return { debug: ignore, info: ignore, warn: ignore, error, isLevelEnabled: () => false };
}

/** The value of one sample on a metrics page, such as `fanfare_streams` or `fanfare_resets_total{reason="lost"}`. */
export async function metric(replica: { readonly metricsUrl: string }, sample: string): Promise<number> {
  const page = await metricsOf(replica);
  const line = page.split('\n').find((each) => each.startsWith(`${sample} `));
  if (line === undefined) throw new Error(`${replica.metricsUrl} has no sample ${sample}`);
  return Number(line.slice(sample.length + 1));
}

/** The whole page. */
export async function metricsOf({ metricsUrl }: { readonly metricsUrl: string }): Promise<string> {
  return (await fetch(metricsUrl, { headers: { Connection: 'close' } })).text();
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** `src/main.ts` as a process of its own, with nothing in its environment but what is given. */
export class ReplicaProcess {
  readonly exited: Promise<Exit>;
  /** True until the process has ended and all it wrote has been read. */
  running = true;
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  #told: (() => void)[] = [];

  constructor(env: Environment = {}) {
    const all = { PORT: '0', METRICS_PORT: '0', REPLICA: 'child', ...env };
    const child = spawn(process.execPath, [MAIN], { env: all, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#tell();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#tell();
    });
    this.exited = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        this.running = false;
        resolve({ code, signal });
        this.#tell();
      });
    });
    this.#child = child;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** What has been logged, line by line. */
  get logged(): readonly Readonly<Record<string, unknown>>[] {
    const lines = this.stdout.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Where it serves, as it prints once it does. */
  async addresses(): Promise<{ readonly url: string; readonly metricsUrl: string }> {
    for (;;) {
      for (const { msg, metricsPort } of this.logged) {
        const url = /http:\/\/[^/]+:\d+(?=\/ )/.exec(String(msg))?.[0];
        if (url !== undefined) return { url, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics` };
      }
      if (!this.running) throw new Error(`The replica ended at its start: ${this.stderr}`);
      await new Promise<void>((resolve) => this.#told.push(resolve));
    }
  }

  /** Ends the pipes that its output goes into, as when whoever gathers logs dies. */
  stopListening(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it without ceremony, where it still runs. */
  async stop(): Promise<void> {
    if (this.running) this.#child.kill('SIGKILL');
    await this.exited;
  }

  #tell(): void {
    const told = this.#told;
    this.#told = [];
    for (const resolve of told) resolve();
  }
}
