// The tool that mints tokens for development: what it mints the server takes, and what the server would refuse it does not
// mint.

import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Tokens } from '../src/access/tokens.ts';
import { readConfig } from '../src/config.ts';

const TOOL = fileURLToPath(new URL('../deploy/token.ts', import.meta.url));
const ENV = { AUTH_JWT_SECRET: 'a secret of thirty-two bytes, at least', AUTH_MAX_TOKEN_MS: '7200000' };
const run = promisify(execFile);
// Where there is no .env.
const mint = (...args: string[]) => run(process.execPath, [TOOL, ...args], { cwd: tmpdir(), env: ENV });

test('A2: a token of the longest life that the server takes is minted, and is taken', async () => {
  const { stdout } = await mint('--subject', 'ben', '--minutes', '120');
  const { access } = readConfig(ENV, 'test');
  const tokens = new Tokens(access.key as NonNullable<typeof access.key>, access, () => undefined);
  expect(await tokens.identity(stdout.trim())).toMatchObject({ subject: 'ben', subscribe: ['*'] });
});

test.each(['121', '999999'])('A2: one for %s minutes, which the server would refuse, is not', async (minutes) => {
  const refused = mint('--minutes', minutes);
  await expect(refused).rejects.toMatchObject({ code: 1, stdout: '' });
  await expect(refused).rejects.toThrow(`--minutes ${minutes} is more than AUTH_MAX_TOKEN_MS`);
  await expect(refused).rejects.toThrow('ask for 120 at most');
});
