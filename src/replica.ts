// One replica, put together: bus, hub, streams and the HTTP interface over them. Every part is passed what it needs.

import { fileURLToPath } from 'node:url';
import { createApp } from './app.ts';
import type { Bus } from './bus/bus.ts';
import { MemoryBus } from './bus/memory.ts';
import { type BusObserver, RedisBus } from './bus/redis.ts';
import type { Config } from './config.ts';
import { drain } from './drain.ts';
import type { Id } from './entry.ts';
import { Hub } from './hub.ts';
import type { Logger } from './log.ts';
import { type BuildInfo, createMetrics, type Metrics } from './metrics.ts';
import { Replay } from './replay.ts';
import { unready } from './routes/status.ts';
import { close, createHttpServer, createMetricsServer, listen } from './server.ts';
import { Streams } from './streams.ts';

// What a replica keeps of the log in memory for streams that come back: minutes of it at a common rate.
const RING = { entries: 20_000, bytes: 16_777_216 };
// R9: at the end of a drain, requests that are being answered get this long.
const LAST_REQUESTS_MS = 3_000;

export interface Replica {
  /** @returns the ports it listens on */
  start(): Promise<{ readonly port: number; readonly metricsPort: number }>;
  /** R9: not ready at once, streams closed spread over `drainMs`, publishing served until the last moment. */
  stop(drainMs: number): Promise<void>;
}

/** @param refused called with what to change where the bus cannot be used at all */
export function createReplica(
  config: Config,
  build: Omit<BuildInfo, 'replica'>,
  log: Logger,
  refused: (reason: string) => void,
): Replica {
  const metrics = createMetrics({ ...build, replica: config.replica });
  const bus = createBus(config, log, metrics, refused);
  const hub = createHub(bus, config, log, metrics);
  const streams = new Streams(config, hub, {
    ended(reason, seconds) {
      metrics.closed.add(reason);
      metrics.lifetime.observe(seconds);
    },
    heartbeat: () => metrics.heartbeats.inc(),
  });
  const replay = new Replay(bus, hub, config.replica, log, {
    resumed: metrics.resumed,
    replayed(events, bytes) {
      metrics.replayed.inc(events);
      metrics.sentBytes.inc(bytes);
    },
    reset: (reason, count) => metrics.resets.add(reason, count),
  });
  let draining = false;
  const isDraining = () => draining;
  const publicRoot = fileURLToPath(new URL('../public', import.meta.url));
  const app = createApp({ bus, streams, replay, metrics, log, publicRoot }, { ...config, draining: isDraining });
  const server = createHttpServer(app.callback());
  const metricsServer = createMetricsServer(metrics);
  metrics.watch({
    streams: () => streams.size,
    channels: () => hub.channels,
    backlog: () => streams.backlog(),
    ready: () => unready(bus, isDraining).length === 0,
    draining: isDraining,
  });

  return {
    async start() {
      const port = await listen(server, config.port, config.host);
      const metricsPort = await listen(metricsServer, config.metricsPort, config.host);
      bus.start(hub);
      return { port, metricsPort };
    },
    async stop(drainMs) {
      draining = true;
      log.info({ streams: streams.size, drainMs }, 'stopping: no new streams, closing the open ones');
      const closed = await drain(streams, drainMs);
      await Promise.all([server, metricsServer].map((each) => close(each, LAST_REQUESTS_MS)));
      streams.stop();
      await bus.close();
      log.info({ closed }, 'stopped');
    },
  };
}

function createBus(config: Config, log: Logger, metrics: Metrics, refused: BusObserver['refused']): Bus {
  const { redisUrl, redisPrefix, redisDurable, historySize, historyBytes } = config;
  if (redisUrl === undefined) return new MemoryBus({ entries: historySize, bytes: historyBytes });
  const ring = { entries: Math.min(RING.entries, historySize), bytes: Math.min(RING.bytes, historyBytes) };
  const options = { url: redisUrl, prefix: redisPrefix, durable: redisDurable, historySize, historyBytes, ring };
  return new RedisBus(options, log, {
    connected(role, up) {
      metrics.busUp(role, up);
      if (!up) metrics.reconnects.add(role);
    },
    frame: () => metrics.busMessages.inc(),
    repaired(reason) {
      metrics.repairs.add(reason);
      log.info({ reason }, 'the log filled what pub/sub did not bring');
    },
    roundtrip: (seconds) => metrics.roundtrip.observe(seconds),
    refused,
  });
}

function createHub(bus: Bus, { slowClientBytes }: Config, log: Logger, metrics: Metrics): Hub {
  return new Hub(() => bus.ring.position as Id, slowClientBytes, {
    delivered(messages, events, bytes) {
      metrics.delivered.inc(events);
      metrics.sentBytes.inc(bytes);
      // The bus's clock and ours may differ by more than a message takes.
      for (const { time } of messages) metrics.latency.observe(Math.max(0, Date.now() - time) / 1000);
    },
    reset(reason, count) {
      metrics.resets.add(reason, count);
      log.warn({ reason, streams: count }, 'messages are missing: every live stream was reset');
    },
  });
}
