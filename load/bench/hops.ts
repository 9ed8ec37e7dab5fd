// One replica behind proxies and their settings: what the way through each of them costs. Proxy and replica share a core,
// the proxy alone is measured.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNginx } from '../../test/support/nginx.ts';
import { type Program, program } from '../../test/support/tools.ts';
import { fanfare } from './fanfare.ts';
import { children, pin, SERVER_CORE } from './processes.ts';
import { type Contender, nginxWords, type Server, startConfigured } from './servers.ts';

/** One change to the deployed configuration: a line, and what stands in its place. */
const CHANGES: Readonly<Record<string, readonly [line: string, instead: string]>> = {
  'nginx as deployed': ['', ''],
  'buffer of 4 KB': ['proxy_buffer_size 16k;', 'proxy_buffer_size 4k;'],
  'buffer of 1 KB': ['proxy_buffer_size 16k;', 'proxy_buffer_size 1k;'],
  'without chunks': ['proxy_buffering off;', 'proxy_buffering off; chunked_transfer_encoding off;'],
  'with buffering': ['proxy_buffering off;', ''],
  'without tcp_nodelay': ['proxy_buffering off;', 'proxy_buffering off; tcp_nodelay off;'],
  'coarse clock': ['events {', 'timer_resolution 100ms; events {'],
  'header buffer of 1 KB': ['client_header_buffer_size 4k;', 'client_header_buffer_size 1k;'],
};

/** All of them; ratios are to the first. */
export function hops(root: string): readonly Contender[] {
  const replica = fanfare(root)[0] as Contender;
  const behind = (name: string, tool: Program, proxy: (port: number) => Promise<Server>): Contender => ({
    ...replica,
    name,
    tools: [tool],
    start: () => startBehind(replica, proxy),
  });
  return [
    ...Object.entries(CHANGES).map(([name, change]) => behind(name, 'nginx', (port) => startHttp(root, port, change))),
    behind('HAProxy', 'haproxy', (replicaPort) =>
      startConfigured(
        program('haproxy'),
        (_folder, port) => haproxy(port, replicaPort),
        (file) => ['-q', '-f', file, '-db'],
      ),
    ),
    behind('nginx stream', 'nginx-stream', (replicaPort) =>
      startConfigured(program('nginx'), (folder, port) => nginxStream(folder, port, replicaPort), nginxWords),
    ),
  ];
}

async function startBehind(contender: Contender, proxy: (port: number) => Promise<Server>): Promise<Server> {
  const replica = await contender.start();
  const server = await proxy(replica.port);
  for (const pid of server.pids) pin(pid, SERVER_CORE);
  const stop = async () => {
    await server.stop();
    await replica.stop();
  };
  return { ...server, replicas: replica.pids, stop };
}

async function startHttp(root: string, port: number, [line, instead]: readonly [string, string]): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-hop-'));
  const deployed = await readFile(join(root, 'deploy/nginx/nginx.conf'), 'utf8');
  if (!deployed.includes(line)) throw new Error(`nginx.conf has no line ${line}`);
  const file = join(folder, 'nginx.conf');
  await writeFile(file, deployed.replace('worker_processes auto;', 'worker_processes 1;').replace(line, instead));
  const nginx = await startNginx([`http://127.0.0.1:${port}`], file);
  const stop = async () => {
    await nginx.stop();
    await rm(folder, { recursive: true });
  };
  return { port: Number(new URL(nginx.url).port), pids: [nginx.pid, ...children(nginx.pid)], replicas: [], stop };
}

function haproxy(port: number, replica: number): string {
  return `global
  maxconn 9000
  nbthread 1
defaults
  mode http
  option http-no-delay
  timeout connect 1s
  timeout client 40s
  timeout server 40s
frontend clients
  bind 127.0.0.1:${port} backlog 4096
  default_backend replicas
backend replicas
  server replica 127.0.0.1:${replica}
`;
}

function nginxStream(folder: string, port: number, replica: number): string {
  return `load_module ${program('nginx-stream')};
pid ${folder}/nginx.pid;
worker_processes 1;
worker_rlimit_nofile 20000;
error_log stderr error;
events { worker_connections 20000; }
stream {
  server {
    listen 127.0.0.1:${port} backlog=4096;
    proxy_pass 127.0.0.1:${replica};
    proxy_timeout 40s;
  }
}
`;
}
