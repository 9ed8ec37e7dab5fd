// The programs that tests drive and npm does not bring. A test that lacks one shows as skipped with the reason; where CI
// is set, the set-up has already failed.

import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';
import { FLASK, SCHEMATHESIS } from './python.ts';

/** Program, or module of one → the Debian packages that bring it. */
export const PACKAGES = {
  'redis-server': 'redis-server',
  nginx: 'nginx',
  nchan: 'libnginx-mod-nchan',
  'nginx-stream': 'libnginx-mod-stream',
  haproxy: 'haproxy',
  cc: 'gcc libc6-dev',
  openssl: 'openssl',
  taskset: 'util-linux',
  script: 'bsdutils',
  promtool: 'prometheus',
  prometheus: 'prometheus',
  chromium: 'chromium',
  curl: 'curl',
  python3: 'python3-venv',
} as const;

export type Program = keyof typeof PACKAGES;
export type Tool = Program | 'docker' | 'go' | 'schemathesis' | 'flask';

// Debian keeps servers where an ordinary user's PATH does not look.
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];

// Not programs: nginx loads them.
const MODULES: ReadonlyMap<Program, string> = new Map([
  ['nchan', 'ngx_nchan_module.so'],
  ['nginx-stream', 'ngx_stream_module.so'],
]);
const MODULE_FOLDER = process.env['NGINX_MODULES'] ?? '/usr/lib/nginx/modules';

// What Python's programs need. Debian's Python has no venv of its own, and any other one may be older.
const SUITS = 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))';

/** Where a program or module is, or undefined where it is not installed. */
export function findProgram(program: Program): string | undefined {
  const module = MODULES.get(program);
  const paths = module === undefined ? FOLDERS.map((each) => join(each, program)) : [join(MODULE_FOLDER, module)];
  return paths.find((path) => {
    try {
      accessSync(path, module === undefined ? constants.X_OK : constants.R_OK);
      return program !== 'python3' || answers(path, '-c', SUITS);
    } catch {
      return false;
    }
  });
}

/** Where a program is. For tests that `describeWith` has admitted. */
export function program(name: Program): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}

/** Why a tool cannot be used, with what to do about it; undefined where it can. */
export function lack(tool: Tool): string | undefined {
  switch (tool) {
    case 'docker':
      if (answers('docker', 'compose', 'version') && answers('docker', 'info')) return undefined;
      return 'no Docker engine with Compose answers: start one';
    case 'go':
      // Debian's is too old, and Go fetches a newer one by itself only from 1.21 on.
      return answers('go', 'version') ? undefined : 'Go is missing: install 1.25 or newer from https://go.dev/dl';
    case 'schemathesis':
      return SCHEMATHESIS.installed ? undefined : 'Schemathesis could not be installed: it needs python3 and PyPI';
    case 'flask':
      return FLASK.installed ? undefined : 'Flask-SSE could not be installed: it needs python3 and PyPI';
    default:
      return findProgram(tool) === undefined ? `${tool} is missing: apt-get install ${PACKAGES[tool]}` : undefined;
  }
}

function answers(...[command, ...words]: [command: string, ...words: string[]]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** As `describe`, for tests that drive these tools. */
export function describeWith(tools: readonly Tool[], title: string, tests: () => void): void {
  const lacking = tools.map(lack).filter((reason) => reason !== undefined);
  if (lacking.length === 0) describe(title, tests);
  else describe.skip(`${title} (skipped: ${lacking.join('; ')})`, tests);
}
