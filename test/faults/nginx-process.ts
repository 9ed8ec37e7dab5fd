// nginx as processes that can be told, killed and started again: its master, its workers, and the command that made it.

import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { children } from '../../load/bench/processes.ts';
import { listens, type Nginx, startNginx } from '../support/nginx.ts';
import { program } from '../support/tools.ts';
import { until } from '../support/until.ts';

export class NginxProcess {
  readonly url: string;
  readonly #nginx: Nginx;
  readonly #folder: string;
  readonly #arguments: readonly string[];
  #master: number;

  static async start(replicas: readonly string[]): Promise<NginxProcess> {
    return new NginxProcess(await startNginx(replicas));
  }

  private constructor(nginx: Nginx) {
    this.#nginx = nginx;
    this.url = nginx.url;
    this.#master = nginx.pid;
    const [, folder, file] = /-p (\S+) -c (\S+)/.exec(title(nginx.pid)) as unknown as [string, string, string];
    this.#folder = folder;
    this.#arguments = ['-p', folder, '-c', file, '-e', 'stderr', '-g', 'daemon off;'];
  }

  /** Those that take connections, without those that are leaving after a reload. */
  get workers(): readonly number[] {
    return children(this.#master).filter((pid) => title(pid) === 'nginx: worker process');
  }

  /** Reads its configuration again; resolves when new workers have taken over. */
  async reload(): Promise<void> {
    const old = this.workers;
    process.kill(this.#master, 'SIGHUP');
    await until('nginx has new workers', () => {
      const now = this.workers;
      return now.length > 0 && !now.some((pid) => old.includes(pid));
    });
  }

  /** Resolves when the workers that reloads have replaced are gone, and with them the streams that they still held. */
  async replaced(): Promise<void> {
    await until('no replaced worker is left', () => children(this.#master).length === this.workers.length);
  }

  /** Kills one worker; the master starts another. */
  async killWorker(): Promise<void> {
    const [victim] = this.workers;
    if (victim === undefined) throw new Error('nginx has no worker');
    process.kill(victim, 'SIGKILL');
    await until('nginx has replaced the worker', () => this.workers.length > 0 && !this.workers.includes(victim));
  }

  /** Kills all of it: workers outlive a master that is killed alone. */
  async kill(): Promise<void> {
    const all = [this.#master, ...children(this.#master)];
    for (const pid of all) process.kill(pid, 'SIGKILL');
    await until('nginx is gone', () => all.every((pid) => title(pid) === ''));
  }

  /** Starts it again as it was. */
  async start(): Promise<void> {
    // Killed, it leaves the file of its inner socket behind, which only this machine's configuration has.
    rmSync(join(this.#folder, 'inner.sock'), { force: true });
    const child = spawn(program('nginx'), this.#arguments, { stdio: 'ignore' });
    this.#master = child.pid as number;
    await until('nginx accepts connections', () => listens(this.#folder, this.#master));
    await until('nginx has workers', () => this.workers.length > 0);
  }

  async stop(): Promise<void> {
    if (title(this.#master) !== '') process.kill(this.#master, 'SIGTERM');
    await until('nginx has ended', () => title(this.#master) === '');
    await this.#nginx.stop();
  }
}

/** What a process calls itself; empty where it has ended. */
function title(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has ended.
    return '';
  }
}
