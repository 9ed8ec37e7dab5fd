// Runs a scenario against a cluster: npm run load -- NAME [k6's own options]. Builds k6 with streams where it has to, and for
// `storm` and `roll` does to the Compose stack what they wait for.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildK6, K6 } from './build.ts';

const folder = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const SCENARIOS = folder('../load');

/** What a scenario says when it wants something done. */
const READY = /\bready: /;

/** What is done to the Compose stack then, and what before and afterwards. */
interface Deed {
  readonly before?: string;
  readonly ready: string;
  readonly afterwards?: string;
}

const DEEDS: Readonly<Record<string, Deed>> = {
  storm: {
    // The cluster's first replica.
    ready: 'docker kill --signal KILL "$(docker compose ps --quiet app | head -1)"',
    afterwards: 'docker compose start app',
  },
  // Built before, or the streams would wait for that.
  roll: { before: 'docker compose build app', ready: 'deploy/roll' },
};

const [name, ...options] = process.argv.slice(2);
const scenarios = scenariosIn(SCENARIOS);
if (name === undefined || !scenarios.has(name)) {
  console.error('npm run load -- NAME, where NAME is one of');
  for (const [scenario, shows] of scenarios) console.error(`  ${scenario.padEnd(9)} ${shows}`);
  process.exit(2);
}
buildK6();
process.exitCode = await run(name, options);

/** The scenarios and what each shows: the first sentence of its first comment. */
function scenariosIn(path: string): ReadonlyMap<string, string> {
  const files = readdirSync(path).filter((file) => file.endsWith('.ts'));
  const sources = files.map((file) => [file, readFileSync(`${path}/${file}`, 'utf8')] as const);
  const found = sources.filter(([, source]) => /^export const options/m.test(source));
  return new Map(found.map(([file, source]) => [file.slice(0, -3), firstSentence(source)]));
}

function firstSentence(source: string): string {
  const lines = source.split('\n');
  const comment = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('//')),
  );
  return /^.*?\.(?= |$)/.exec(comment.map((line) => line.slice(3)).join(' '))?.[0] ?? '';
}

async function run(scenario: string, more: readonly string[]): Promise<number> {
  // Another cluster is not ours to break.
  const deed = process.env['TARGET'] ? undefined : DEEDS[scenario];
  if (deed?.before !== undefined) await ended(compose(deed.before));
  const env = { ...process.env, K6, SCENARIOS, RESULTS: folder('results') };
  const k6 = spawn(folder('k6/run'), [scenario, ...more], { env, stdio: ['ignore', 'inherit', 'pipe'] });
  let done: Promise<unknown> | undefined;
  for await (const line of createInterface({ input: k6.stderr })) {
    process.stderr.write(`${line}\n`);
    if (deed !== undefined && done === undefined && READY.test(line)) done = ended(compose(deed.ready));
  }
  const code = await ended(k6);
  await done;
  if (done !== undefined && deed?.afterwards !== undefined) await ended(compose(deed.afterwards));
  return code;
}

async function ended(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? 1;
}

/** A command on the Compose stack. Without one it says so itself; the scenario waits, and fails when nothing comes. */
function compose(command: string): ChildProcess {
  return spawn('bash', ['-c', command], { cwd: folder('..'), stdio: ['ignore', 'inherit', 'inherit'] });
}
