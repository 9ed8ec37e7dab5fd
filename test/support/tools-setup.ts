// Before any test: installs the programs that are missing where it may (root on Debian), and says what to do elsewhere.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { FLASK, type PythonEnvironment, SCHEMATHESIS } from './python.ts';
import { findProgram, lack, PACKAGES, type Program, type Tool } from './tools.ts';

const programs = Object.keys(PACKAGES) as Program[];
// What no package of Debian brings as it is needed.
const OTHERS: readonly Tool[] = ['docker', 'go', 'schemathesis', 'flask'];

export default function setup(): void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) install(missing);
  installPython('Schemathesis', SCHEMATHESIS);
  installPython('Flask-SSE', FLASK);
  const lacking = [...programs, ...OTHERS].map(lack).filter((reason) => reason !== undefined);
  if (lacking.length === 0) return;
  if (process.env['CI']) throw new Error(`CI lets nothing be skipped, but ${lacking.join('; ')}`);
  console.warn(`Some tests will be skipped: ${lacking.join('; ')}`);
}

function install(missing: readonly Program[]): void {
  const packages = [...new Set(missing.flatMap((program) => PACKAGES[program].split(' ')))];
  console.warn(`Installing ${packages.join(', ')} for the tests`);
  // RUNLEVEL=1 keeps Debian from starting the servers that it installs.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  execFileSync('apt-get', ['update', '-qq'], { env, stdio: 'inherit' });
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function installPython(name: string, environment: PythonEnvironment): void {
  const python = findProgram('python3');
  if (python === undefined || environment.installed) return;
  console.warn(`Installing ${name} for the tests`);
  try {
    environment.install(python);
  } catch {
    // pip has said why, and the tests that need it say that it is not there.
  }
}
