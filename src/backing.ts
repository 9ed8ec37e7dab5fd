// What a replica stands on: the bus, what else replicas share, and the intake of what Flask apps publish. Over Redis, or all
// of it in this process.

import type { Bus } from './bus/bus.ts';
import type { BusObserver } from './bus/bus-observer.ts';
import { MemoryBus } from './bus/memory.ts';
import { RedisBus } from './bus/redis.ts';
import type { Config } from './config.ts';
import { Intake } from './flask/intake.ts';
import { Lease } from './flask/lease.ts';
import { rawSubscription } from './flask/raw-subscription.ts';
import type { IntakeObserver } from './flask/taker.ts';
import type { Logger } from './log.ts';
import { MemoryShared } from './shared/memory.ts';
import { RedisShared } from './shared/redis.ts';
import type { Shared } from './shared/shared.ts';

// What a replica keeps of the log in memory for streams that come back: minutes of it at a common rate.
const RING = { entries: 20_000, bytes: 16_777_216 };
// Longer than a stream outlives its age, whoever holds it up.
const HOUR_MS = 3_600_000;

export interface Backing {
  readonly bus: Bus;
  readonly shared: Shared;
  /** Where channels of Flask apps are named. */
  readonly intake?: Intake;
}

export interface BackingObservers {
  readonly bus: BusObserver;
  readonly intake: IntakeObserver;
}

export function createBacking(config: Config, log: Logger, observers: BackingObservers): Backing {
  if (config.redisUrl !== undefined) return overRedis(config, config.redisUrl, log, observers);
  // Nothing to connect to, and nothing that could be down.
  observers.bus.connected('commands', true);
  observers.bus.connected('subscription', true);
  const bounds = { entries: config.historySize, bytes: config.historyBytes };
  return { bus: new MemoryBus(bounds), shared: new MemoryShared() };
}

function overRedis(config: Config, url: string, log: Logger, observers: BackingObservers): Backing {
  const { redisPassword: password, redisPrefix: prefix, redisDurable: durable, historySize, historyBytes } = config;
  const ring = { entries: Math.min(RING.entries, historySize), bytes: Math.min(RING.bytes, historyBytes) };
  const bus = new RedisBus({ url, password, prefix, durable, historySize, historyBytes, ring }, log, observers.bus);
  const kickMs = config.access.maxTokenMs;
  const shared = new RedisShared(bus.commands, { prefix, placeMs: config.maxAgeMs + HOUR_MS, kickMs }, log);
  if (config.flaskSseChannels === undefined) return { bus, shared };
  const lease = new Lease(bus.commands, prefix, Number(new URL(url).pathname.slice(1)));
  const channels = [lease.channel, ...config.flaskSseChannels];
  const intake = new Intake({
    lease,
    log: bus.log,
    subscribe: (listener) => rawSubscription({ url, password }, channels, log, listener),
    observer: observers.intake,
    logger: log,
    maxMessageBytes: config.maxMessageBytes,
  });
  return { bus, shared, intake };
}
