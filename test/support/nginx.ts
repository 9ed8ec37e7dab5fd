// nginx in front of replicas on this machine, with the configuration that is deployed. Only what Compose brings, its
// DNS and its files, is put in from here, line by line; a line that is not found as expected is an error, so that no
// change of the configuration escapes the tests.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './redis.ts';
import { program } from './tools.ts';
import { until } from './until.ts';

const DEPLOYED = fileURLToPath(new URL('../../deploy/nginx/nginx.conf', import.meta.url));
const START = fileURLToPath(new URL('../../deploy/nginx/start', import.meta.url));

/** What nginx logs of a request. `upstream` names every replica that was tried. */
interface LoggedRequest {
  readonly id: string;
  readonly traceparent: string;
  readonly path: string;
  readonly status: number;
  readonly upstream: string;
}

export interface Nginx {
  /** Where clients reach it, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Of its master. */
  readonly pid: number;
  /** The requests that have ended. */
  requests(): Promise<readonly LoggedRequest[]>;
  /** What it has said on standard error. */
  errors(): string;
  stop(): Promise<void>;
}

/**
 * @param replicas where they are, such as `http://127.0.0.1:40001`; they need not be up
 * @param deployed the configuration
 * @param settings for the script that starts it in Compose; without them it is started without that script
 */
export async function startNginx(
  replicas: readonly string[],
  deployed = DEPLOYED,
  settings?: Readonly<Record<string, string>>,
): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-nginx-'));
  // Its workers are another user where the tests are root, and keep long bodies here.
  await chmod(folder, 0o755);
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  await writeFile(file, configure(await readFile(deployed, 'utf8'), folder, port, replicas));
  const child = launch(folder, file, settings);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true });
  };
  try {
    await until('nginx accepts connections', () => {
      if (child.exitCode !== null) throw new Error(`nginx has ended: ${errors}`);
      return listens(folder, child.pid);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const log = join(folder, 'access.log');
  const requests = async () => (await readFile(log, 'utf8')).split('\n').slice(0, -1).map(parseRequest);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid as number, requests, errors: () => errors, stop };
}

function launch(folder: string, file: string, settings?: Readonly<Record<string, string>>) {
  const nginx = program('nginx');
  const place = ['-p', folder, '-c', file];
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  if (settings === undefined) return spawn(nginx, [...place, '-e', 'stderr', '-g', 'daemon off;'], { stdio });
  const PATH = [dirname(nginx), process.env['PATH']].join(delimiter);
  return spawn('bash', [START, ...place], { stdio, env: { PATH, TMPDIR: folder, ...settings } });
}

function parseRequest(line: string): LoggedRequest {
  return JSON.parse(line) as LoggedRequest;
}

/** The deployed configuration with this machine's replicas, port and files. */
function configure(deployed: string, folder: string, port: number, replicas: readonly string[]): string {
  const servers = replicas.map((url) => `server ${new URL(url).host}$1;`).join(' ');
  const edits: readonly [times: number, line: RegExp, put: string][] = [
    [1, /^ *pid \S+;$/gm, `pid ${folder}/nginx.pid;`],
    [5, /^ *(\w+)_temp_path \S+;$/gm, `$1_temp_path ${folder}/$1;`],
    // Unbuffered, for tests that read it.
    [1, /^ *access_log \/dev\/stdout json .*;$/gm, `access_log ${folder}/access.log json;`],
    // An nginx older than 1.27.3 has no `resolve`, and outside of Compose there is no such DNS.
    [1, /^ *resolver 127\.0\.0\.11 .*;$/gm, ''],
    [2, /^ *server app:3000 resolve(.*);$/gm, servers],
    [2, /^ *include \/tmp\/(\S+);$/gm, `include ${folder}/$1;`],
    [1, /^ *listen 8080( .*)?;$/gm, `listen 127.0.0.1:${port}$1;`],
    [1, /^ *listen 8081;$/gm, `listen unix:${folder}/inner.sock;`],
  ];
  let config = deployed;
  for (const [times, line, put] of edits) {
    const found = config.match(line)?.length ?? 0;
    if (found !== times) throw new Error(`${DEPLOYED}: ${line} matches ${found} lines instead of ${times}`);
    config = config.replace(line, put);
  }
  return config;
}

/** Whether this nginx has its sockets: it notes its pid behind that. Somebody else may have the port until then. */
export async function listens(folder: string, pid: number | undefined): Promise<boolean> {
  const noted = await readFile(join(folder, 'nginx.pid'), 'utf8').catch(() => '');
  return Number(noted) === pid;
}

/** Whether something on this machine listens on a port. */
export async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    // Where nobody listens, a connection may come from the very port that it goes to, and meet itself.
    return socket.localPort !== port;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
