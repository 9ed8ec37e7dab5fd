// Fanfare under measurement: one replica over memory, one over Redis, three over Redis behind nginx.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startNginx } from '../../test/support/nginx.ts';
import { startRedis } from '../../test/support/redis.ts';
import type { Dialect } from './generator.ts';
import { children, LOAD_CORE, pin, SERVER_CORE } from './processes.ts';
import { alone, type Contender, firstLine, type Server, start } from './servers.ts';

const FANFARE: Dialect = {
  stream: 'GET /stream HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream',
  publish: 'POST /send HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json',
  around: ['{"message":"', '"}'],
};

/** Fanfare as it is in `root`: one replica over memory, one over Redis, three over Redis behind nginx. */
export function fanfare(root: string, label = 'Fanfare'): readonly Contender[] {
  const common = { dialect: FANFARE, batches: true, cursor: fanfareCursor };
  return [
    { ...common, name: `${label}, memory`, tools: [], start: () => startReplica(root, {}, SERVER_CORE) },
    { ...common, name: `${label}, Redis`, tools: ['redis-server'], start: () => startWithRedis(root) },
    {
      ...common,
      name: `${label}, three behind nginx`,
      tools: ['redis-server', 'nginx'],
      start: () => startCluster(root),
    },
  ];
}

async function startReplica(root: string, env: NodeJS.ProcessEnv, core: number | undefined): Promise<Server> {
  const all = { PATH: process.env['PATH'], PORT: '0', METRICS_PORT: '0', REPLICA: 'bench', ...env };
  const child = start(core, process.execPath, [...(await nodeFlags(root)), join(root, 'src/main.ts')], all);
  const line = JSON.parse(await firstLine(child)) as { msg: string; metricsPort: number };
  const port = Number(/:(\d+)\//.exec(line.msg)?.[1]);
  while (!(await fetch(`http://127.0.0.1:${port}/readyz`)).ok) await wait(50);
  return { ...alone(child, port), metricsUrl: `http://127.0.0.1:${line.metricsPort}/metrics` };
}

/** What `npm start` gives Node. */
async function nodeFlags(root: string): Promise<readonly string[]> {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

async function startWithRedis(root: string): Promise<Server> {
  const redis = await startRedis();
  pin(redis.pid, LOAD_CORE);
  const replica = await startReplica(root, { REDIS_URL: redis.url }, SERVER_CORE);
  const stop = async () => {
    await replica.stop();
    await redis.end();
  };
  return { ...replica, stop };
}

/** Nothing is pinned: three replicas, nginx, Redis and the generator share the cores. */
async function startCluster(root: string): Promise<Server> {
  const redis = await startRedis();
  const env = { REDIS_URL: redis.url, TRUST_PROXY: 'true' };
  const replicas = await Promise.all([1, 2, 3].map(() => startReplica(root, env, undefined)));
  const nginx = await startNginx(
    replicas.map(({ port }) => `http://127.0.0.1:${port}`),
    join(root, 'deploy/nginx/nginx.conf'),
  );
  const stop = async () => {
    await nginx.stop();
    await Promise.all(replicas.map((replica) => replica.stop()));
    await redis.end();
  };
  const pids = replicas.flatMap((replica) => replica.pids);
  const proxy = [nginx.pid, ...children(nginx.pid)];
  return { port: Number(new URL(nginx.url).port), pids: [...pids, ...proxy], replicas: pids, stop };
}

async function fanfareCursor(port: number): Promise<string> {
  const body = new URLSearchParams({ message: 'cursor' });
  const answer = await fetch(`http://127.0.0.1:${port}/send`, { method: 'POST', body });
  return `Last-Event-ID: ${((await answer.json()) as { id: string }).id}`;
}
