// A real redis-server for one test file: on a free port, in a folder of its own, ended by its process id.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { program } from './tools.ts';
import { until } from './until.ts';

export interface RedisServer {
  readonly port: number;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Of database 0. */
  readonly url: string;
  /** For the test's own commands; it comes back by itself after a restart. */
  readonly client: Redis;
  /** Ends the server process; what it had only in memory is gone. */
  stop(): Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Removes the file that SAVE has written. */
  forget(): Promise<void>;
  /** Starts it again on the same port and folder, and resolves when it answers. `more` is for this time only. */
  start(more?: readonly string[]): Promise<void>;
  /** What it has written to its log. */
  logged(): Promise<string>;
  /** Freezes the process: connections stay open, and nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends everything. */
  end(): Promise<void>;
}

/** How a client gets in. */
export interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly ca: Buffer };
  readonly protocol?: 2;
}

/** What differs where Redis is guarded: by users, or by TLS. */
interface RedisGuard {
  /** Starts the process; it becomes the server. */
  launch(settings: readonly string[]): ChildProcess;
  /** What the port is for, `port` or `tls-port`. */
  readonly port: string;
  /** How the test's own client gets in. */
  readonly client: RedisLogin;
}

const UNGUARDED: RedisGuard = {
  launch: (settings) => spawn(program('redis-server'), settings, { stdio: 'ignore' }),
  port: 'port',
  client: {},
};

/**
 * Starts a redis-server.
 * @param settings its command line, such as `--appendonly yes`
 * @param port a free one
 */
export async function startRedis(
  settings: readonly string[] = [],
  port?: number,
  guard = UNGUARDED,
): Promise<RedisServer> {
  return startOn(port ?? (await freePort()), settings, guard);
}

async function startOn(port: number, settings: readonly string[], guard: RedisGuard): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-redis-'));
  const url = `redis://127.0.0.1:${port}`;
  const client = commandClient(url, guard.client);
  let server: ChildProcess | undefined;

  async function start(more: readonly string[] = []): Promise<void> {
    const where = [`--${guard.port}`, String(port), '--bind', '127.0.0.1', '--dir', folder];
    server = guard.launch([...where, '--save', '', '--logfile', 'redis.log', ...settings, ...more]);
    await until(`redis-server answers on port ${port}`, () => answers(client));
  }
  async function terminate(name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (server === undefined) return;
    const gone = once(server, 'exit');
    server.kill('SIGCONT');
    server.kill(name);
    server = undefined;
    await gone;
  }
  const stop = () => terminate('SIGTERM');
  const kill = () => terminate('SIGKILL');
  const forget = () => rm(join(folder, 'dump.rdb'), { force: true });
  async function end(): Promise<void> {
    client.disconnect();
    await stop();
    await rm(folder, { recursive: true, force: true });
  }

  await start();
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => server?.kill(name);
  const pause = () => signal('SIGSTOP');
  const resume = () => signal('SIGCONT');
  const logged = () => readFile(join(folder, 'redis.log'), 'utf8');
  return {
    port,
    get pid() {
      return server?.pid as number;
    },
    url,
    client,
    logged,
    stop,
    kill,
    forget,
    start,
    pause,
    resume,
    end,
  };
}

function commandClient(url: string, login: RedisLogin): Redis {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 0, ...login });
  // Away on purpose while a test stops the server; commands say so themselves.
  client.on('error', () => undefined);
  return client;
}

async function answers(client: Redis): Promise<boolean> {
  try {
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  }
}

/** A port that was free a moment ago: Redis takes no port 0. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
