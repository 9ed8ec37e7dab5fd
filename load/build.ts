// k6 with streams, built with the machine's Go. Go itself knows what has changed and what has not.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('k6', import.meta.url));

/** Where it is once it has been built. */
export const K6 = fileURLToPath(new URL('k6/bin/k6', import.meta.url));

/** Builds it, or ends the process with what to do instead. The first time takes minutes. */
export function buildK6(): void {
  const built = spawnSync('go', ['build', '-o', K6, '.'], { cwd: SOURCE, stdio: ['ignore', 'inherit', 'inherit'] });
  if (built.status === 0) return;
  const why = built.error === undefined ? 'Go could not build k6' : 'Go is not installed (1.25 or newer is needed)';
  console.error(`${why}. Without it: docker compose --profile load run --rm k6 NAME`);
  process.exit(1);
}
