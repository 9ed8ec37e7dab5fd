// A real redis-server with the users that are deployed: their passwords made, and the server started, by the scripts that
// Compose runs.

import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RedisLogin, type RedisServer, startRedis } from './redis.ts';
import { program } from './tools.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy', import.meta.url));
const PASSWORDS = {
  fanfare: 'app/password',
  flask: 'flask/password',
  exporter: 'exporter/password',
  operator: 'redis/operator',
} as const;

export type RedisUser = keyof typeof PASSWORDS;

/** What the scripts read and write: the passwords, Redis's configuration, and the users' rights. */
export class RedisUsers {
  readonly folder = mkdtempSync(join(tmpdir(), 'fanfare-users-'));
  readonly #env: NodeJS.ProcessEnv;

  /** @param settings of the script that starts Redis, such as `REDIS_PREFIX` */
  constructor(settings: Readonly<Record<string, string>> = {}) {
    for (const reader of ['redis', 'app', 'flask', 'exporter']) mkdirSync(join(this.folder, reader));
    this.makePasswords();
    const conf = join(this.folder, 'conf');
    cpSync(join(DEPLOY, 'redis'), conf, { recursive: true });
    adapt(conf);
    const PATH = [dirname(program('redis-server')), process.env['PATH']].join(delimiter);
    this.#env = { PATH, SECRETS: join(this.folder, 'redis'), TMPDIR: this.folder, ...settings };
  }

  /** What Compose does before each start. */
  makePasswords(): void {
    execFileSync('bash', [join(DEPLOY, 'secrets/passwords'), this.folder]);
  }

  password(user: RedisUser): string {
    return readFileSync(join(this.folder, PASSWORDS[user]), 'utf8');
  }

  /** How a user gets in, and how somebody without a name tries. */
  login(user: RedisUser | undefined): RedisLogin {
    // To be greeted in RESP 3 one has to have a name.
    return user === undefined ? { protocol: 2 } : { username: user, password: this.password(user) };
  }

  /** How a replica finds it and gets in. */
  environment({ port }: RedisServer): Readonly<Record<string, string>> {
    return { REDIS_URL: `redis://fanfare@127.0.0.1:${port}/0`, REDIS_PASSWORD: this.password('fanfare') };
  }

  /** The rights as Redis is given them. */
  rights(): string {
    return readFileSync(join(this.folder, 'users.acl'), 'utf8');
  }

  /** Starts one of Redis's scripts, `start` or `cli`. */
  run(script: string, words: readonly string[]) {
    return spawn('bash', [join(this.folder, 'conf', script), ...words], { env: this.#env });
  }

  start(): Promise<RedisServer> {
    const launch = (settings: readonly string[]) => this.run('start', settings);
    return startRedis([], undefined, { launch, port: 'port', client: this.login('operator') });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** What differs on this machine; what is not found as expected is an error, so that no change escapes the tests. */
function adapt(conf: string): void {
  edit(join(conf, 'redis.conf'), '\ndir /data\n', '\n');
  const version = execFileSync(program('redis-server'), ['--version'], { encoding: 'utf8' });
  // CLIENT SETINFO is known from 7.2 on, and rights that are not known are refused.
  if (Number(/v=(\d+\.\d+)/.exec(version)?.[1]) < 7.2) edit(join(conf, 'users.acl'), ' +client|setinfo', '');
}

function edit(file: string, found: string, put: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(found)) throw new Error(`${file} has no ${JSON.stringify(found)}`);
  writeFileSync(file, text.replaceAll(found, put));
}
