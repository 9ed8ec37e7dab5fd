// Schemathesis, which makes requests of all kinds from an OpenAPI description, and finds answers that it does not allow.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SCHEMATHESIS } from './python.ts';

const file = (name: string) => fileURLToPath(new URL(`../schemathesis/${name}`, import.meta.url));

// What decides which requests are made. Another one makes others.
const SEED = 20_261_126;

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
  const child = spawn(SCHEMATHESIS.python, [...words, '--seed', String(SEED), ...more], {
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
