// Schemathesis, which makes requests of all kinds from an OpenAPI description, and finds answers that it does not allow.
// It is Python's, and is put with all that it needs into a folder of the user's cache, once for each list of versions.

import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const file = (name: string) => fileURLToPath(new URL(`../schemathesis/${name}`, import.meta.url));

const REQUIREMENTS = file('requirements.txt');
const VERSIONS = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 16);
const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'fanfare-tests');
const FOLDER = join(CACHE, `schemathesis-${VERSIONS}`);

/** The Python of an environment, which alone goes on working where the environment is moved. */
const pythonOf = (folder: string) => join(folder, 'bin', 'python');

// What decides which requests are made. Another one makes others.
const SEED = 20_261_126;

export function isInstalled(): boolean {
  return existsSync(pythonOf(FOLDER));
}

/**
 * Installs it, with nothing in it that has not the hash it had when it was chosen, and nothing that runs to be built.
 * @param python with `venv`
 */
export function install(python: string): void {
  mkdirSync(CACHE, { recursive: true });
  // Aside, since other tests may be about to do the same: only what is whole gets its name.
  const folder = mkdtempSync(`${FOLDER}-`);
  const run = (command: string, ...words: string[]) =>
    execFileSync(command, words, { stdio: ['ignore', 2, 'inherit'] });
  try {
    run(python, '-m', 'venv', folder);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--retries', '1'];
    run(pythonOf(folder), ...pip, '--only-binary', ':all:', '--require-hashes', '--requirement', REQUIREMENTS);
    if (isInstalled()) return;
    rmSync(FOLDER, { recursive: true, force: true });
    renameSync(folder, FOLDER);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Findings {
  readonly code: number;
  /** Its report. For each finding it has a curl line. */
  readonly report: string;
}

/**
 * Tries the server at `url` against a description.
 * @param more words of its command line
 */
export async function tryOut(url: string, description: object, more: readonly string[] = []): Promise<Findings> {
  // It leaves files where it runs.
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-schemathesis-'));
  const document = join(folder, 'openapi.json');
  await writeFile(document, JSON.stringify(description));
  const words = ['-m', 'schemathesis.cli', '--config-file', file('config.toml'), 'run', document, '--url', url];
  const env = { ...process.env, SCHEMATHESIS_HOOKS: file('hooks.py'), PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(pythonOf(FOLDER), [...words, '--seed', String(SEED), ...more], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    const [report, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code: code as number, report: report + errors };
  } finally {
    child.kill();
    await rm(folder, { recursive: true });
  }
}
