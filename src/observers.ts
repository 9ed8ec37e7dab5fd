// What the parts of a replica tell, turned into numbers and lines of the log. A message or a stream is a number; it is a
// line of its own at `debug` alone.

import type { AccessObserver } from './access/access.ts';
import type { BusObserver } from './bus/bus-observer.ts';
import type { BusRole } from './bus/redis-connection.ts';
import { failureOf } from './failure.ts';
import type { IntakeObserver } from './flask/taker.ts';
import { Gathered } from './gathered.ts';
import type { Hub, HubObserver } from './hub.ts';
import type { Logger } from './log.ts';
import type { Limit } from './metric-labels.ts';
import type { Metrics } from './metrics.ts';
import { decodeOrigin } from './origin.ts';
import type { ReplayObserver } from './replay.ts';
import type { SendObserver } from './routes/send.ts';
import type { StreamObserver } from './routes/stream.ts';
import type { StreamsObserver } from './streams.ts';

export interface Observers {
  readonly bus: Omit<BusObserver, 'refused'>;
  /** @param hub where the messages went, for the log */
  readonly hub: (hub: () => Hub) => HubObserver;
  readonly streams: StreamsObserver;
  readonly replay: ReplayObserver;
  readonly send: SendObserver;
  readonly stream: StreamObserver;
  readonly access: AccessObserver;
  readonly intake: IntakeObserver;
  /** A request asked for more than a setting allows. */
  readonly limited: (limit: Limit) => void;
  /** Says what has been gathered and not been said yet. */
  stop(): void;
}

export function createObservers(metrics: Metrics, log: Logger): Observers {
  const repairs = new Gathered((by) => log.info({ repairs: by }, 'the log filled what pub/sub did not bring'));
  const resets = new Gathered((by) => log.info({ resets: by }, 'streams came back for what cannot be given any more'));
  const cuts = new Gathered((by) => log.info({ streams: by }, 'streams were broken off; their clients resume'));
  const failures = new Gathered((by) => log.warn({ reasons: by }, 'publishes were not acknowledged'));
  const refusals = new Gathered((by) => log.info({ reasons: by }, 'streams were refused'));
  const strangers = new Gathered((by) => log.info({ reasons: by }, 'requests were refused for who asked'));
  const limits = new Gathered((by) => log.info({ limits: by }, 'limits were hit'));
  const drops = new Gathered((by) => log.warn({ reasons: by }, 'messages of Flask apps were not taken'));
  const limited = (limit: Limit) => {
    metrics.limited.add(limit);
    limits.add(limit);
  };
  const debugging = () => log.isLevelEnabled('debug');

  return {
    bus: {
      connected(role: BusRole, up: boolean) {
        metrics.busUp(role, up);
        if (!up) metrics.reconnects.add(role);
      },
      frame: () => metrics.busMessages.inc(),
      repaired(reason) {
        metrics.repairs.add(reason);
        repairs.add(reason);
      },
      roundtrip: (seconds) => metrics.roundtrip.observe(seconds),
    },
    hub: (hub) => ({
      delivered(messages, events, bytes, tookMs) {
        metrics.delivered.inc(events);
        metrics.sentBytes.inc(bytes);
        metrics.fanout.observe(tookMs / 1000);
        // The bus's clock and ours may differ by more than a message takes.
        const now = Date.now();
        for (const { time } of messages) metrics.latency.observe(Math.max(0, now - time) / 1000);
        if (!debugging()) return;
        for (const { id, origin, channels } of messages)
          log.debug({ id, ...decodeOrigin(origin), channels, streams: hub().listeners(channels) }, 'delivered');
      },
      reset(reason, count) {
        metrics.resets.add(reason, count);
        log.warn({ reason, streams: count }, 'messages are missing: every live stream was reset');
      },
    }),
    streams: {
      ended({ since, channels }, reason) {
        const seconds = (performance.now() - since) / 1000;
        metrics.closed.add(reason);
        metrics.lifetime.observe(seconds);
        if (reason === 'slow' || reason === 'error') cuts.add(reason);
        if (debugging()) log.debug({ reason, seconds, channels }, 'a stream ended');
      },
      swept(lateMs, heartbeats) {
        metrics.heartbeatLag.observe(lateMs / 1000);
        if (heartbeats > 0) metrics.heartbeats.inc(heartbeats);
      },
    },
    replay: {
      opened: ({ since }) => metrics.setup.observe((performance.now() - since) / 1000),
      resumed: metrics.resumed,
      replayed(events, bytes) {
        metrics.replayed.inc(events);
        metrics.sentBytes.inc(bytes);
      },
      reset(reason) {
        metrics.resets.add(reason);
        resets.add(reason);
      },
      limited: () => limited('replay'),
    },
    send: {
      accepted({ ids, repeated }, seconds, origin) {
        metrics.published.add(repeated ? 'repeated' : 'ok', ids.length);
        metrics.publish.observe(seconds);
        if (debugging()) log.debug({ ids, repeated, ...origin }, 'published');
      },
      refused(messages, status, error) {
        metrics.published.add(status < 500 ? 'rejected' : 'error', messages);
        if (status >= 500) failures.add(`${status}: ${failureOf(error)}`);
      },
    },
    stream: {
      opened(channels, start, origin) {
        metrics.opened.add(start.from === 'cursor' || start.from === 'earliest' ? 'true' : 'false');
        if (debugging()) log.debug({ channels, start, ...origin }, 'a stream began');
      },
      rejected(reason) {
        metrics.rejected.add(reason);
        refusals.add(reason);
      },
    },
    access: {
      refused(reason) {
        metrics.accessRefused.add(reason);
        strangers.add(reason);
      },
      keysStale: (reason) => log.warn({ reason }, 'the key set cannot be loaded anew: the last one goes on counting'),
    },
    intake: {
      taken: (messages) => metrics.flaskTaken.inc(messages),
      dropped(reason, messages) {
        metrics.flaskDropped.add(reason, messages);
        drops.add(reason, messages);
      },
    },
    limited,
    stop() {
      for (const each of [repairs, resets, cuts, failures, refusals, strangers, limits, drops]) each.stop();
    },
  };
}
