// The stack that users start, from its own docker-compose.yml: under a project and on ports of its own, so that it meets
// no other stack. Whoever starts it ends it, and then nothing of it is left.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { freePort } from './redis.ts';

const run = promisify(execFile);
const ROOT = new URL('../..', import.meta.url);

export class ComposeStack {
  readonly project: string;
  readonly url: string;
  /** Over TLS, where COMPOSE_PROFILES has it. */
  readonly tlsUrl: string;
  readonly prometheusUrl: string;
  readonly grafanaUrl: string;
  readonly #settings: Readonly<Record<string, string>>;

  /**
   * Builds and starts it; resolves when all of it is healthy.
   * @param name tells its project from those of other test files
   */
  static async start(name: string, settings: Readonly<Record<string, string>>): Promise<ComposeStack> {
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const;
    const stack = new ComposeStack(`fanfare-${name}-${process.pid}`, ports, settings);
    try {
      await stack.compose('up', '--build', '--detach', '--wait', '--wait-timeout', '120');
    } catch (error) {
      await stack.end();
      throw error;
    }
    return stack;
  }

  private constructor(
    project: string,
    [front, tls, prometheus, grafana]: readonly [number, number, number, number],
    settings: object,
  ) {
    this.project = project;
    this.url = `http://127.0.0.1:${front}`;
    this.tlsUrl = `https://127.0.0.1:${tls}`;
    this.prometheusUrl = `http://127.0.0.1:${prometheus}`;
    this.grafanaUrl = `http://127.0.0.1:${grafana}`;
    const ports = {
      FANFARE_PORT: `${front}`,
      FANFARE_TLS_PORT: `${tls}`,
      PROMETHEUS_PORT: `${prometheus}`,
      GRAFANA_PORT: `${grafana}`,
    };
    this.#settings = { ...settings, ...ports };
  }

  async docker(...args: string[]): Promise<string> {
    // Nothing of the user's own settings: .env is not read, and the environment names only what Docker needs.
    const { PATH, HOME, DOCKER_HOST } = process.env;
    const env = { PATH, HOME, ...(DOCKER_HOST !== undefined && { DOCKER_HOST }), ...this.#settings };
    const { stdout } = await run('docker', args, { cwd: ROOT, env, maxBuffer: 2 ** 26 });
    return stdout.trim();
  }

  compose(...args: string[]): Promise<string> {
    return this.docker('compose', '--env-file', '/dev/null', '--project-name', this.project, ...args);
  }

  /** Runs a program in the container of a service that has one. */
  exec(service: string, ...words: string[]): Promise<string> {
    return this.compose('exec', '--no-TTY', service, ...words);
  }

  /** The ids of running containers. */
  async containers(...services: string[]): Promise<string[]> {
    return (await this.compose('ps', '--quiet', '--status', 'running', ...services)).split('\n').filter(Boolean);
  }

  /** A replica is named after its host, which is the short id of its container. */
  async replicas(): Promise<string[]> {
    return (await this.containers('app')).map((id) => id.slice(0, 12)).sort();
  }

  /** Runs a line of JavaScript inside a container. */
  evaluate(container: string, script: string): Promise<string> {
    return this.docker('exec', container, 'node', '--input-type=module', '--eval', script);
  }

  async end(): Promise<void> {
    await this.compose('down', '--volumes', '--rmi', 'local', '--timeout', '5');
    const label = `label=com.docker.compose.project=${this.project}`;
    expect(await this.docker('ps', '--all', '--quiet', '--filter', label)).toBe('');
  }
}
