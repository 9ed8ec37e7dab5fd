// npm run bench: Fanfare beside its rivals on this machine, the server on one core and its load on another. Every round
// measures all of them in turn, so that what the machine does meanwhile meets all alike.
//
//   --rounds N        how often each figure is taken (3)
//   --only a,b        groups of figures: paced, flat, saturated, idle, resume, publish
//   --with a,b        contenders whose names hold one of these words
//   --compare REF     this checkout beside another version of it, instead of the rivals
//   --hops            one replica behind proxies and settings of theirs, instead of all that
//   --seconds N       how long each figure of a steady load is taken (4)

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lack } from '../../test/support/tools.ts';
import { fanfare } from './fanfare.ts';
import { compile, Generator } from './generator.ts';
import type { Group } from './group.ts';
import { hops } from './hops.ts';
import { GROUPS } from './measures.ts';
import { type Readings, table } from './report.ts';
import { RIVALS } from './rivals.ts';
import type { Contender } from './servers.ts';
import { BadSettings, type Comparison, type Settings, settingsOf } from './settings.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

try {
  const settings = settingsOf(process.argv.slice(2), Object.keys(GROUPS), (what) =>
    contendersOf(what, ROOT).map(({ name }) => name),
  );
  const { compare } = settings;
  const other = compare === undefined ? ROOT : checkOut(compare);
  try {
    const all = contendersOf(settings, other);
    await bench(
      settings,
      all.filter(({ name }) => settings.contenders.includes(name)),
    );
  } finally {
    if (other !== ROOT) execFileSync('git', ['worktree', 'remove', '--force', other], { cwd: ROOT });
  }
} catch (error) {
  if (!(error instanceof BadSettings)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

/** @param other where the other version is, which is compared */
function contendersOf({ compare, hops: proxies }: Comparison, other: string): readonly Contender[] {
  if (proxies) return hops(ROOT);
  return compare === undefined ? [...fanfare(ROOT), ...RIVALS] : [...fanfare(ROOT, 'now'), ...fanfare(other, compare)];
}

async function bench(settings: Settings, contenders: readonly Contender[]): Promise<void> {
  const { groups, rounds, compare } = settings;
  const tools = new Set(['cc', 'taskset', ...contenders.flatMap((contender) => contender.tools)] as const);
  const lacking = [...tools].map(lack).filter((reason) => reason !== undefined);
  if (lacking.length > 0) throw new BadSettings(lacking.join('\n'));
  const readings: Readings = new Map(contenders.map(({ name }) => [name, new Map()]));
  const program = compile('generator');
  for (let round = 1; round <= rounds; round += 1) {
    for (const group of groups) {
      for (const contender of contenders) {
        const figures = await measure(contender, GROUPS[group] as Group, program, settings.seconds);
        process.stderr.write(`round ${round}, ${contender.name}: ${shown(figures)}\n`);
        const known = readings.get(contender.name) as Map<string, number[]>;
        for (const [key, value] of Object.entries(figures)) known.set(key, [...(known.get(key) ?? []), value]);
      }
    }
  }
  const names = contenders.map(({ name }) => name);
  const yardstick = settings.hops ? (names[0] as string) : compare === undefined ? 'nchan' : (names.at(-1) as string);
  const figures = groups.flatMap((group) => GROUPS[group]?.figures ?? []);
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${revision()}\n`);
  console.log(table(figures, names, yardstick, readings));
}

function shown(figures: Readonly<Record<string, number>>): string {
  const words = Object.entries(figures).map(([key, value]) => `${key} ${value.toPrecision(3)}`);
  return words.join(', ');
}

async function measure(
  contender: Contender,
  group: Group,
  program: string,
  seconds: number,
): Promise<Record<string, number>> {
  const server = await contender.start();
  const generator = new Generator(program, server.port, contender.dialect);
  try {
    return await group.run({ contender, server, generator, seconds });
  } finally {
    generator.end();
    await server.stop();
  }
}

/** Another version of this project, with the same packages. */
function checkOut(ref: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-bench-'));
  rmSync(folder, { recursive: true });
  try {
    execFileSync('git', ['worktree', 'add', '--detach', folder, ref], { cwd: ROOT, stdio: 'ignore' });
  } catch {
    throw new BadSettings(`--compare: git has no version “${ref}”, take a commit, a tag or a branch`);
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function revision(): string {
  return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: ROOT, encoding: 'utf8' }).trim();
}
