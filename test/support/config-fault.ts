// What is wrong with an environment, in the words of the start.

import { ConfigError, readConfig } from '../../src/config.ts';
import type { Environment } from '../../src/settings.ts';

/** The one line that a start with `env` ends with. */
export function fault(env: Environment): string {
  try {
    readConfig(env, 'host');
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error(`Taken: ${JSON.stringify(env)}`);
}
