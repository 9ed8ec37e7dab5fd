// What operators are told of the bus's connections: that one came and that it went, once each, however often it is tried.

import type { Logger } from '../log.ts';
import type { BusObserver } from './bus-observer.ts';
import type { BusRole, ConnectionEvents } from './redis-connection.ts';

/** Events that tell it, and pass everything on to `events`: first that it came, and last that it went. */
export function observed(
  role: BusRole,
  logger: Logger,
  observer: BusObserver,
  events: Partial<ConnectionEvents>,
): ConnectionEvents {
  let up: boolean | undefined;
  const turn = (now: boolean, say: () => void) => {
    if (up === now) return;
    up = now;
    observer.connected(role, now);
    say();
  };
  return {
    ready: () => {
      turn(true, () => logger.info({ role }, 'connected to Redis'));
      events.ready?.();
    },
    down: (reason) => {
      events.down?.(reason);
      turn(false, () => logger.warn({ role, reason }, 'no connection to Redis: trying again until there is one'));
    },
  };
}
