// Settings: one pure function from the environment to a frozen object. Every problem is found before anything starts.

import { type AccessConfig, readAccess } from './access/access-config.ts';
import { flaskChannels, flaskProblems } from './flask/channels.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';
import { type Environment, Settings, withoutPassword } from './settings.ts';

export interface Config {
  /** Where Redis is; undefined: the log lives in this process. */
  readonly redisUrl: string | undefined;
  /** Where the URL has none. */
  readonly redisPassword: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number;
  /** The name shown in `fanfare:open` and the metrics. */
  readonly replica: string;
  /** A stream silent for this long carries a heartbeat (S5). */
  readonly heartbeatMs: number;
  /** Centre of the jittered `retry:` (S1). */
  readonly retryMs: number;
  /** Messages and bytes that the log keeps, whichever is less (R5). */
  readonly historySize: number;
  readonly historyBytes: number;
  readonly maxMessageBytes: number;
  readonly maxBatchBytes: number;
  /** Of the request line and all header fields of a request. */
  readonly maxHeaderBytes: number;
  /** Streams of one replica. */
  readonly maxConnections: number;
  readonly maxChannelsPerStream: number;
  /** Messages that one connection is given to catch up; 0: no limit, as in all below. */
  readonly maxReplay: number;
  /** Over the whole cluster: open streams, and streams that are asked for in a second. */
  readonly maxStreamsPerAddress: number;
  readonly maxStreamsPerSubject: number;
  readonly maxConnectsPerAddress: number;
  /** Over the whole cluster: messages in a second. */
  readonly maxPublishesPerAddress: number;
  readonly maxPublishesPerSubject: number;
  /** R7: a reader this far behind, or with unsent bytes that have not moved for so long, is cut. */
  readonly slowClientBytes: number;
  readonly slowClientMs: number;
  /** Of keys and pub/sub channels, so that several clusters can share a Redis. */
  readonly redisPrefix: string;
  /** F1: the Redis channels of Flask apps whose messages go into the log; undefined: none. */
  readonly flaskSseChannels: readonly string[] | undefined;
  /** R6: a restart of Redis loses nothing that it acknowledged. */
  readonly redisDurable: boolean;
  /** Believe one X-Forwarded-For entry, and X-Request-Id as an idempotency key (P8). */
  readonly trustProxy: boolean;
  /** R10: streams live at most this long × (0.8…1). */
  readonly maxAgeMs: number;
  /** R9: over how long a draining replica spreads the closing of its streams. */
  readonly drainMs: number;
  readonly logLevel: LogLevel;
  readonly access: AccessConfig;
}

// Timers take at most 2^31 - 1 ms; a longer one would fire at once.
const LONGEST_MS = 2 ** 31 - 1;
const LARGEST_BYTES = 2 ** 40;
const LARGEST = 100_000_000;

/** All that is wrong with the environment, in one line that says what to change. */
export class ConfigError extends Error {}

/**
 * Reads the settings.
 * @param env the environment; an empty value counts as unset, as Compose passes it
 * @param hostName the replica's name where REPLICA is unset
 * @throws ConfigError naming every wrong value
 */
export function readConfig(env: Environment, hostName: string): Config {
  const settings = new Settings(env);
  const integer = settings.integer.bind(settings);
  const words = settings.words.bind(settings);
  const host = words('HOST', '127.0.0.1', /^[\w.:-]+$/, 'a host name or an address');
  const config: Config = {
    redisUrl: settings.read(
      'REDIS_URL',
      undefined,
      'redis://user:password@host:port/database or rediss://…, without a query; in a password write @ / ? # % as %40 %2F %3F %23 %25',
      redisUrl,
    ),
    redisPassword: settings.secret('REDIS_PASSWORD', 'a text', (text) => text),
    host,
    port: integer('PORT', 3000, 0, 65535),
    metricsPort: integer('METRICS_PORT', 9464, 0, 65535),
    replica: words('REPLICA', hostName, /^[^\p{Cc}]{1,255}$/u, 'a name of 1 to 255 characters'),
    heartbeatMs: integer('HEARTBEAT_MS', 15_000, 100, LONGEST_MS),
    retryMs: integer('RETRY_MS', 2_000, 1, 60_000),
    historySize: integer('HISTORY_SIZE', 100_000, 1, 100_000_000),
    historyBytes: integer('HISTORY_BYTES', 67_108_864, 1024, LARGEST_BYTES),
    maxMessageBytes: integer('MAX_MESSAGE_BYTES', 65_536, 1, 16_777_216),
    maxBatchBytes: integer('MAX_BATCH_BYTES', 1_048_576, 2, 16_777_216),
    // Above what nginx passes on (4 × 32 KB and what was read before), so that what is too much is refused there.
    maxHeaderBytes: integer('MAX_HEADER_BYTES', 147_456, 1_024, 1_048_576),
    maxConnections: integer('MAX_CONNECTIONS', 50_000, 1, 10_000_000),
    maxChannelsPerStream: integer('MAX_CHANNELS_PER_STREAM', 100, 1, 1_000),
    maxReplay: integer('MAX_REPLAY', 0, 0, LARGEST),
    maxStreamsPerAddress: integer('MAX_STREAMS_PER_ADDRESS', 0, 0, LARGEST),
    maxStreamsPerSubject: integer('MAX_STREAMS_PER_SUBJECT', 0, 0, LARGEST),
    maxConnectsPerAddress: integer('MAX_CONNECTS_PER_ADDRESS', 0, 0, LARGEST),
    maxPublishesPerAddress: integer('MAX_PUBLISHES_PER_ADDRESS', 0, 0, LARGEST),
    maxPublishesPerSubject: integer('MAX_PUBLISHES_PER_SUBJECT', 0, 0, LARGEST),
    slowClientBytes: integer('SLOW_CLIENT_BYTES', 1_048_576, 1, LARGEST_BYTES),
    slowClientMs: integer('SLOW_CLIENT_MS', 30_000, 100, LONGEST_MS),
    redisPrefix: words('REDIS_PREFIX', 'fanfare', /^[\w.:-]{1,100}$/, '1 to 100 of letters, digits, _ . : -'),
    flaskSseChannels: settings.read(
      'FLASK_SSE_CHANNELS',
      undefined,
      'names of channels, separated by commas, each of 1 to 255 bytes without control characters',
      flaskChannels,
    ),
    redisDurable: settings.flag('REDIS_DURABLE', false),
    trustProxy: settings.flag('TRUST_PROXY', false),
    maxAgeMs: integer('MAX_AGE_MS', 3_600_000, 1_000, LONGEST_MS),
    drainMs: integer('DRAIN_MS', 20_000, 0, LONGEST_MS),
    logLevel: settings.read<LogLevel>('LOG_LEVEL', 'info', `one of ${LOG_LEVELS.join(', ')}`, (text) =>
      LOG_LEVELS.find((level) => level === text),
    ),
    access: readAccess(settings, host),
  };
  const { problems } = settings;
  if (config.port !== 0 && config.port === config.metricsPort)
    problems.push(`METRICS_PORT must differ from PORT, not be ${config.port} too`);
  problems.push(...flaskProblems(config));
  if (problems.length > 0) throw new ConfigError(problems.join('; '));
  return Object.freeze(config);
}

/** The settings as a log may show them. */
export function shown(config: Config): object {
  const { redisUrl, redisPassword, access, ...rest } = config;
  const { key, ...open } = access;
  return {
    ...rest,
    redisUrl: redisUrl && withoutPassword(redisUrl),
    redisPassword: redisPassword && '…',
    access: { ...open, tokens: key ? key.algorithm : 'none' },
  };
}

/** Without a query: what it would set, a password or another database, has its place elsewhere in the URL. */
function redisUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const known = url !== null && (url.protocol === 'redis:' || url.protocol === 'rediss:') && url.hostname !== '';
  // A second @ would be read in two ways.
  const plain = url?.search === '' && url.hash === '' && text.split('@').length <= 2;
  return known && plain && decodes(url.username + url.password) && /^\/?\d*$/.test(url.pathname) ? text : undefined;
}

function decodes(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
