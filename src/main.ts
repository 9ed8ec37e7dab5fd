// The process: the environment, the signals and the exit. Everything else is passed in from here.
//
// Words, where a reader starts:
//   message   what a publisher sends            channel   what it is sent to, and what subscribers choose
//   entry     a message as the log keeps it     log       the ordered record of recent messages, in the bus
//   position  the id of the newest entry that somebody has covered; a cursor is a position that a client holds
//   stream    one subscriber's HTTP response    hub       which streams get an entry
//   ring      the log's end, in memory          bus       what replicas share: Redis, or this process's memory
//   intake    what takes the messages of Flask apps into the log
//   replica   one such process; all are equal

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Config, ConfigError, readConfig, shown } from './config.ts';
import { greeting } from './greeting.ts';
import { createLogger } from './log.ts';
import { createReplica } from './replica.ts';
import { withSecretFiles } from './secret-files.ts';

function settings(): Config {
  try {
    return readConfig(
      withSecretFiles(process.env, (path) => readFileSync(path, 'utf8')),
      hostname(),
    );
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message);
    throw error;
  }
}

/** Ends the process with one line that says what to change. */
function fail(reason: string): never {
  process.stderr.write(`fanfare: ${reason}\n`);
  process.exit(1);
}

function listenFault(error: NodeJS.ErrnoException & { port?: number }): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${error.port} is taken: end what listens there, or set PORT or METRICS_PORT to another`;
    case 'EACCES':
      return `port ${error.port} may not be used by this user: set PORT or METRICS_PORT to one above 1023`;
    case 'ENOTFOUND':
    case 'EADDRNOTAVAIL':
      return `HOST ${config.host} is not an address of this machine: set it to one that is, such as 127.0.0.1`;
    default:
      return error.message;
  }
}

const config = settings();
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const log = createLogger(config.logLevel, config.replica);
const build = { version, revision: process.env['REVISION'] ?? '' };
const replica = createReplica(config, build, log, fail);

const { port, metricsPort } = await replica.start().catch((error: Error) => fail(listenFault(error)));

// For the last lines of the log: an exit while one is being written into a pipe that nobody reads any more, which takes
// less than this to be told, would write it again and again and never end.
const LAST_LINES_MS = 100;
let stopping = false;
function stop(drainMs: number): void {
  // Who asks twice does not want to wait.
  if (stopping) process.exit(1);
  stopping = true;
  void replica.stop(drainMs).then(() => setTimeout(() => process.exit(0), LAST_LINES_MS));
}
process.on('SIGTERM', () => stop(config.drainMs));
// Control-C in a terminal: the same, without spreading.
process.on('SIGINT', () => stop(0));

const host = config.host.includes(':') ? `[${config.host}]` : config.host;
const bus = config.redisUrl === undefined ? 'memory' : 'redis';
log.info(
  { ...build, node: process.version, bus, metricsPort, settings: shown(config) },
  `Fanfare is at http://${host}:${port}/ to send and http://${host}:${port}/live to watch`,
);
if (process.stderr.isTTY) process.stderr.write(greeting(config.host, port));
