// The connection over which raw messages and marks come, in one order. It is one of its own, beside that of the bus: what
// strangers publish, as much and as fast as they like, must neither hold up the log's frames nor get their connection cut.

import type { RedisAddress } from '../bus/redis-connection.ts';
import { RedisSubscription } from '../bus/redis-subscription.ts';
import type { Logger } from '../log.ts';

export interface RawListener {
  /** Everything from now on comes, until `down`. */
  up(): void;
  down(): void;
  message(channel: string, bytes: Buffer): void;
}

/** It is to be started. That nothing is heard is told in the log once, until something is heard again. */
export function rawSubscription(
  address: RedisAddress,
  channels: readonly string[],
  log: Logger,
  listener: RawListener,
): RedisSubscription {
  let up: boolean | undefined;
  const away = (reason: string) => {
    if (up !== false)
      log.warn({ reason }, 'not listening to what Flask apps publish: trying again until it can be heard');
    if (up) listener.down();
    up = false;
  };
  return new RedisSubscription(address, 'flask', channels, {
    ready: () => undefined,
    subscribed: () => {
      up = true;
      log.info({ channels }, 'listening to what Flask apps publish');
      listener.up();
    },
    refused: away,
    down: away,
    message: (channel, bytes) => listener.message(channel.toString(), bytes),
  });
}
