// A connection to Redis, and how it fails: fast, and without sending anything twice. Only here is ioredis set up.

import { Redis } from 'ioredis';

/** One that also says why it went. */
export class Connection extends Redis {
  /** Why it is away, or is about to be; undefined while nothing is known against it. */
  reason: string | undefined;
  /** Whether it was ended here, for good. */
  ended = false;

  override disconnect(again = false): void {
    this.ended ||= !again;
    super.disconnect(again);
  }

  /**
   * It looked alive and brought nothing, which must not read as if Redis were away: another one may. Who does not answer
   * does not take leave either, and until then it would go on to look alive.
   */
  giveUp(): void {
    this.reason ??= 'given up here, since nothing came over it';
    super.disconnect(true);
    this.stream?.destroy();
  }
}

export interface RedisAddress {
  readonly url: string;
  /** Where the URL has none. */
  readonly password?: string | undefined;
}

/** What a connection of the bus is for: its label in the metrics. */
export type BusRole = 'commands' | 'subscription';

export type ConnectionRole = BusRole | 'flask';

/** Told when a connection comes and goes by itself. `reason` is Redis's or the network's word for why it is away. */
export interface ConnectionEvents {
  ready(): void;
  down(reason: string): void;
}

// A publish is answered within 2 s (P5), so a command gets a little less.
const COMMAND_TIMEOUT_MS = 1_500;
const CONNECT_TIMEOUT_MS = 2_000;
// Soon at first, then about once a second; jittered, so that replicas do not come in step.
const RETRY_STEP_MS = 50;
const RETRY_MOST_MS = 1_000;

/**
 * Opens a connection that comes back by itself until `disconnect()`.
 * It neither queues commands while it is away nor sends one again: what was in flight when it broke may have been
 * carried out, and only the publisher knows whether to repeat it. Nor does it subscribe again by itself, since nobody
 * could wait for that before reading what was missed.
 */
export function connect({ url, password }: RedisAddress, role: ConnectionRole, events: ConnectionEvents): Connection {
  const redis: Connection = new Connection(withPassword(url, password), {
    connectionName: `fanfare-${role}`,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * RETRY_STEP_MS, RETRY_MOST_MS) * (0.75 + Math.random() / 2),
    // A Redis that was demoted answers READONLY: connect again, to whom the name points now.
    reconnectOnError: (error) => {
      if (!error.message.startsWith('READONLY')) return false;
      redis.reason = error.message;
      return true;
    },
    lazyConnect: true,
  });
  // Whatever went before: the next loss has a reason of its own.
  redis.on('ready', () => {
    redis.reason = undefined;
    events.ready();
  });
  redis.on('error', (error: Error & { code?: string }) => {
    redis.reason = error.code ?? error.message;
  });
  redis.on('close', () => {
    if (!redis.ended) events.down(redis.reason ?? 'the connection was closed');
  });
  return redis;
}

/** ioredis takes a URL that names a user and no password for one whose password is empty, whatever else it is told. */
function withPassword(url: string, password: string | undefined): string {
  const parsed = new URL(url);
  if (password !== undefined && parsed.password === '') parsed.password = encodeURIComponent(password);
  return parsed.href;
}
