// Secrets from files, as container platforms hand them out: NAME_FILE names a file that holds the value of NAME, so that
// it stands in no environment, where every child process and `docker inspect` would show it.

import { ConfigError } from './config.ts';
import type { Environment } from './settings.ts';

const SECRETS = ['REDIS_PASSWORD', 'AUTH_JWT_SECRET', 'AUTH_JWT_PUBLIC_KEY'];

/**
 * The environment with what the files hold in it.
 * @param readFile the text of a file
 * @throws ConfigError for a file that cannot be read, is empty, or has a rival in the environment itself
 */
export function withSecretFiles(env: Environment, readFile: (path: string) => string): Environment {
  const read: Record<string, string> = {};
  for (const name of SECRETS) {
    const path = env[`${name}_FILE`] ?? '';
    if (path === '') continue;
    if ((env[name] ?? '') !== '') throw new ConfigError(`${name} and ${name}_FILE are both set: unset one of them`);
    read[name] = textOf(`${name}_FILE`, path, readFile);
  }
  return { ...env, ...read };
}

function textOf(name: string, path: string, readFile: (path: string) => string): string {
  let text: string;
  try {
    // Editors and `echo` end a file with a line end, which is no part of the secret.
    text = readFile(path).replace(/\r?\n$/, '');
  } catch (error) {
    throw new ConfigError(`${name} names a file that cannot be read: ${(error as Error).message}`);
  }
  if (text === '') throw new ConfigError(`${name} names a file that is empty: ${path}`);
  return text;
}
