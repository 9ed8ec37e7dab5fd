// Programs of Python's that tests drive: each with all that it needs in a folder of the user's cache, once for each list of
// versions. The list is requirements.txt in the folder of the program's name.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'fanfare-tests');

export class PythonEnvironment {
  readonly #requirements: string;
  readonly #folder: string;

  /** @param name of the folder beside this one's that has the list */
  constructor(name: string) {
    this.#requirements = fileURLToPath(new URL(`../${name}/requirements.txt`, import.meta.url));
    const versions = createHash('sha256').update(readFileSync(this.#requirements)).digest('hex').slice(0, 16);
    this.#folder = join(CACHE, `${name}-${versions}`);
  }

  /** Its Python, which alone goes on working where the environment is moved. */
  get python(): string {
    return pythonOf(this.#folder);
  }

  get installed(): boolean {
    return existsSync(this.python);
  }

  /**
   * Installs it, with nothing in it that has not the hash it had when it was chosen, and nothing that runs to be built.
   * @param python with `venv`
   */
  install(python: string): void {
    mkdirSync(CACHE, { recursive: true });
    // Aside, since other tests may be about to do the same: only what is whole gets its name.
    const folder = mkdtempSync(`${this.#folder}-`);
    const run = (command: string, ...words: string[]) =>
      execFileSync(command, words, { stdio: ['ignore', 2, 'inherit'] });
    try {
      run(python, '-m', 'venv', folder);
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--retries', '1'];
      run(pythonOf(folder), ...pip, '--only-binary', ':all:', '--require-hashes', '--requirement', this.#requirements);
      if (this.installed) return;
      rmSync(this.#folder, { recursive: true, force: true });
      renameSync(folder, this.#folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

export const SCHEMATHESIS = new PythonEnvironment('schemathesis');
export const FLASK = new PythonEnvironment('flask');

function pythonOf(folder: string): string {
  return join(folder, 'bin', 'python');
}
