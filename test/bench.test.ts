// The benchmark, tested: a short round gives every figure, and what it cannot do it says, with what to change.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { describeWith } from './support/tools.ts';

const MAIN = fileURLToPath(new URL('../load/bench/main.ts', import.meta.url));
const RUN_MS = 120_000;

const run = promisify(execFile);
const bench = (...words: string[]) => run(process.execPath, [MAIN, ...words]);

/** The cells of the rows of a table, without its head. */
function cells(stdout: string): readonly (readonly string[])[] {
  const rows = stdout.split('\n').filter((line) => line.startsWith('| '));
  return rows.map((row) => row.slice(2, -2).split(' | ')).slice(2);
}

describeWith(['cc', 'taskset', 'nginx', 'nchan'], 'a short benchmark', () => {
  test('it has a figure of each contender in each line, but for what one cannot do', { timeout: RUN_MS }, async () => {
    const { stdout } = await bench(
      ...['--rounds', '1', '--seconds', '0.5', '--only', 'publish,paced', '--with', 'memory,loop,nchan,better'],
    );
    expect(stdout).toContain('|  | Fanfare, memory | nchan | better-sse | C loop |');
    const rows = cells(stdout);
    expect(rows).toHaveLength(8);
    for (const [title, fanfare, ...rivals] of rows) {
      expect(fanfare, title).toMatch(/^[\d,.]+ \*\*[\d.]+ ×\*\*$|^[\d,.]+$/);
      const batches = title?.includes('batches');
      for (const rival of rivals) expect(rival, title).toMatch(batches ? /^–$/ : /^[\d,.]+( \*\*[\d.]+ ×\*\*)?$/);
    }
  });
});

describeWith(['cc', 'taskset', 'nginx', 'nginx-stream', 'haproxy'], 'a short comparison of proxies', () => {
  test('it has a figure of each in each line', { timeout: RUN_MS }, async () => {
    const some = 'as deployed,without chunks,HAProxy,stream';
    const { stdout } = await bench('--hops', '--rounds', '1', '--seconds', '0.3', '--with', some);
    const rows = cells(stdout);
    expect(rows).toHaveLength(3);
    for (const [title, ...figures] of rows) {
      expect(figures).toHaveLength(4);
      for (const each of figures) expect(each, title).toMatch(/^[\d,.]+( \*\*[\d.]+ ×\*\*)?$/);
    }
  });
});

test.each([
  ['--only', 'paced,swift', 'there is no group “swift”, take some of paced, flat'],
  ['--with', 'nobody', 'no name holds “nobody”, take words of Fanfare, memory'],
  ['--rounds', '0', 'a whole number above 0, not “0”'],
  ['--rounds', '1.5', 'a whole number above 0, not “1.5”'],
  ['--seconds', 'x', 'a number above 0, not “x”'],
  ['--compare', 'no-such-version', 'git has no version “no-such-version”'],
])('%s %s is refused, with what to change', async (option, value, reason) => {
  const refused = await bench(option, value).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`${option}: ${reason}`) });
});

test('programs that are missing are named with what installs them', async () => {
  const nothing = { PATH: '/nonexistent', NGINX_MODULES: '/nonexistent' };
  const refused = await run(process.execPath, [MAIN, '--with', 'nchan'], { env: nothing }).catch((error) => error);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  for (const packages of ['gcc libc6-dev', 'util-linux', 'libnginx-mod-nchan'])
    expect(refused.stderr).toContain(`apt-get install ${packages}\n`);
});
