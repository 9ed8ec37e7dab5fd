// Mints a token for development, with the secret that the server has in its environment or in .env. In production
// whoever knows the users mints them.

import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SignJWT } from 'jose';
import { ConfigError, readConfig } from '../src/config.ts';
import { withSecretFiles } from '../src/secret-files.ts';

const USAGE = `npm run --silent token -- [options]
  --subject NAME        who it is for                        (default: dev)
  --subscribe CHANNELS  separated by commas, each exact or with a trailing *   (default: *)
  --publish CHANNELS    the same                             (default: *)
  --kick SUBJECTS       whose streams it may end             (default: none)
  --minutes N           how long it lives                    (default: 60)`;

const STRING = { type: 'string' } as const;
const OPTIONS = { subject: STRING, subscribe: STRING, publish: STRING, kick: STRING, minutes: STRING } as const;

async function token(args: readonly string[]): Promise<string> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const { subject = 'dev', subscribe = '*', publish = '*', kick = '', minutes = '60' } = values;
  if (!/^\d{1,6}$/.test(minutes)) throw new ConfigError(`--minutes must be a whole number, not ${minutes}\n${USAGE}`);
  const { key, maxTokenMs } = readConfig(
    withSecretFiles(process.env, (path) => readFileSync(path, 'utf8')),
    'token',
  ).access;
  if (key?.kind !== 'fixed' || key.key.type !== 'secret') {
    throw new ConfigError(
      'only a secret can sign: give AUTH_JWT_SECRET what the server has, in the environment or, with Compose, in .env; ' +
        'for a new one: export AUTH_JWT_SECRET=$(openssl rand -base64 32), and start the server with it',
    );
  }
  const most = Math.floor(maxTokenMs / 60_000);
  if (Number(minutes) > most) {
    throw new ConfigError(
      `--minutes ${minutes} is more than AUTH_MAX_TOKEN_MS, and such a token is always refused: ask for ${most} at most`,
    );
  }
  const claims = { subscribe: list(subscribe), publish: list(publish), kick: list(kick) };
  const jwt = new SignJWT(claims).setProtectedHeader({ alg: key.algorithm, typ: 'JWT' });
  return jwt.setSubject(subject).setIssuedAt().setExpirationTime(`${minutes} minutes`).sign(key.key);
}

function list(names: string): readonly string[] {
  return names.split(',').filter((name) => name !== '');
}

if (existsSync('.env')) process.loadEnvFile('.env');
try {
  process.stdout.write(`${await token(process.argv.slice(2))}\n`);
} catch (error) {
  const { code } = error as { code?: string };
  if (!(error instanceof ConfigError) && code?.startsWith('ERR_PARSE_ARGS') !== true) throw error;
  const usage = error instanceof ConfigError ? '' : `\n${USAGE}`;
  process.stderr.write(`fanfare token: ${(error as Error).message}${usage}\n`);
  process.exitCode = 1;
}
