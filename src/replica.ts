// One replica, put together: bus, hub, streams and the HTTP interface over them. Every part is passed what it needs.

import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Acceptor } from './acceptor.ts';
import { Access } from './access/access.ts';
import { Kicks } from './access/kicks.ts';
import { createApp } from './app.ts';
import { createBacking } from './backing.ts';
import type { Config } from './config.ts';
import { speakTo } from './cors.ts';
import { drain } from './drain.ts';
import type { Id } from './entry.ts';
import { Hub } from './hub.ts';
import { Limits } from './limits/limits.ts';
import type { Logger } from './log.ts';
import { LogReader } from './log-reader.ts';
import { type BuildInfo, createMetrics } from './metrics.ts';
import { createObservers } from './observers.ts';
import type { Unread } from './refusal.ts';
import { Replay } from './replay.ts';
import { close, createHttpServer, createMetricsServer, listen } from './server.ts';
import type { ReplicaState } from './shared/shared.ts';
import { Streams } from './streams.ts';

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
  const observers = createObservers(metrics, log);
  const { bus, shared, intake } = createBacking(config, log, { ...observers, bus: { ...observers.bus, refused } });
  const hub: Hub = new Hub(
    () => bus.ring.position as Id,
    config.slowClientBytes,
    observers.hub(() => hub),
  );
  const limits = new Limits(config, shared);
  const kicks = new Kicks(config.access.maxTokenMs);
  const access = new Access(config.access, shared, kicks, observers.access);
  const streams = new Streams(config, hub, {
    ...observers.streams,
    ended(stream, reason) {
      limits.leave(stream.holder?.places ?? []);
      observers.streams.ended(stream, reason);
    },
  });
  const reader = new LogReader(bus);
  const replay = new Replay({ bus, reader }, hub, config.replica, config.maxReplay, log, observers.replay);
  let draining = false;
  const isDraining = () => draining;
  const unready = () => [...(draining ? ['draining'] : []), ...bus.unready(), ...(intake?.unready() ?? [])];
  const started = new Date().toISOString();
  const state = (): ReplicaState => ({
    name: config.replica,
    version: build.version,
    started,
    streams: streams.size,
    messages: hub.messages,
    position: bus.ring.position ?? null,
    draining,
  });
  const publicRoot = fileURLToPath(new URL('../public', import.meta.url));
  const parts = { bus, reader, shared, access, limits, streams, replay, unready, metrics, observers, log, publicRoot };
  const app = createApp(parts, { ...config, corsOrigins: config.access.corsOrigins, draining: isDraining });
  const carries = (socket: Socket) => streams.carries(socket);
  const unread = (why: Unread) => {
    if (why === 'header_bytes') observers.limited(why);
  };
  const speak = speakTo(config.access.corsOrigins);
  const server = createHttpServer(app.callback(), carries, config.maxHeaderBytes, unread, speak);
  const acceptor = new Acceptor(server, unread);
  const metricsServer = createMetricsServer(metrics);
  metrics.watch(() => {
    const { extent } = bus;
    const backlog = streams.backlog();
    return {
      streams: streams.size,
      streamsLimit: config.maxConnections,
      channels: hub.channels,
      subscriptions: hub.subscriptions,
      logMessages: extent?.entries ?? 0,
      logMessagesLimit: config.historySize,
      logBytes: extent?.bytes ?? 0,
      logBytesLimit: config.historyBytes,
      logAge: extent === undefined ? 0 : Math.max(0, Date.now() - extent.oldestAt) / 1000,
      busSilence: bus.silentMs() / 1000,
      buffered: backlog.bytes,
      slow: backlog.slow,
      ready: Number(unready().length === 0),
      draining: Number(draining),
      flaskIntake: Number(intake?.taking ?? false),
      flaskWaiting: intake?.waiting ?? 0,
    };
  });

  return {
    async start() {
      const port = await listen(server, config.port, config.host);
      const metricsPort = await listen(metricsServer, config.metricsPort, config.host);
      bus.start(hub);
      shared.start({
        channels: streams.channels,
        remembered: () => kicks.all(),
        state,
        kicked(kick) {
          if (kicks.learn(kick)) streams.kick((holder) => kicks.refuses(holder));
        },
      });
      intake?.start();
      return { port, metricsPort };
    },
    async stop(drainMs) {
      draining = true;
      log.info({ streams: streams.size, drainMs }, 'stopping: no new streams, closing the open ones');
      intake?.leave();
      const closed = await drain(streams, drainMs);
      await acceptor.close();
      const cut = () => streams.cut();
      await Promise.all([close(server, LAST_REQUESTS_MS, cut), close(metricsServer, LAST_REQUESTS_MS)]);
      streams.stop();
      await intake?.close();
      await shared.close();
      await bus.close();
      observers.stop();
      log.info({ closed }, 'stopped');
    },
  };
}
