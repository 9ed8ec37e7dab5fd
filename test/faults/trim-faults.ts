// The log trims itself by bytes, past somebody who is away: it stays within its bounds, those who are there miss
// nothing, and who comes back too late is told so once.

import { publishAll } from '../support/publisher.ts';
import { until } from '../support/until.ts';
import { check } from './checker.ts';
import { hasReached, type Lab } from './cluster-under-fault.ts';
import type { NamedFault } from './named-fault.ts';
import { Reader } from './reader.ts';
import { Sender } from './sender.ts';
import { HEARTBEAT_MS, HISTORY_BYTES } from './servers.ts';

export const LOG = 'fanfare:{0}:log';

// A message of 64 KiB, and as many as a batch of 1 MiB holds.
const BULK = Array.from({ length: 15 }, () => ({ channel: 'bulk', message: 'x'.repeat(65_536) }));
const BULK_BYTES = BULK.length * 65_536;
// Redis's allocator gives 80 KiB to what is a little more than 64.
const OVERHEAD = 1.3;

export const TRIM_FAULTS: readonly NamedFault[] = [
  {
    rule: 'R5',
    name: 'messages of 64 KiB trim the log by bytes, past a subscriber that is away',
    strikes: 'redis',
    alone: true,
    run: trimPast,
  },
  {
    rule: 'R5',
    name: 'a subscriber is away for longer than the replicas remember, and the log still holds what it missed',
    strikes: 'redis',
    alone: true,
    run: outlastRing,
  },
];

async function trimPast(lab: Lab): Promise<void> {
  const { redis, nginx } = lab.servers;
  const resets = await away(lab, async () => {
    for (let bytes = 0; bytes < 1.2 * HISTORY_BYTES; bytes += BULK_BYTES) await publishAll(nginx.url, BULK);
  });
  if (resets.join() !== 'trimmed') throw new Error(`who came too late was told "${resets}" instead of "trimmed"`);
  const bytes = Number(await redis.client.call('MEMORY', 'USAGE', LOG, 'SAMPLES', '0'));
  if (bytes > HISTORY_BYTES * OVERHEAD) throw new Error(`the log takes ${bytes} bytes`);
}

async function outlastRing(lab: Lab): Promise<void> {
  const batch = Array.from({ length: 1_000 }, () => ({ channel: 'bulk', message: 'small' }));
  const resets = await away(lab, async () => {
    for (let count = 0; count < 25; count += 1) await publishAll(lab.servers.nginx.url, batch);
  });
  if (resets.length > 0) throw new Error(`who was away was told "${resets}", although nothing was missing`);
}

/** Which resets somebody comes back to who missed messages of its own and then all that `meanwhile` does. */
async function away({ servers: { nginx } }: Lab, meanwhile: () => Promise<void>): Promise<readonly string[]> {
  const { url } = nginx;
  const channels = ['away'];
  const sender = new Sender({ name: 'away ', url, channels, perSecond: 0 });
  const reader = new Reader({ name: 'away', url, channels, heartbeatMs: HEARTBEAT_MS });
  try {
    await until('it is subscribed', () => reader.live);
    const first = await sender.send(channels);
    await until('it has the first message', () => first.status === 'acknowledged' && hasReached(reader, first.id));
    reader.leave();
    // Before it left, it may have been told what a fault before this one lost.
    const seen = reader.log.seen.length;
    for (let count = 0; count < 5; count += 1) await sender.send(channels);
    await meanwhile();
    const last = await sender.send(channels);
    reader.reconnect();
    await until('it has the last message', () => last.status === 'acknowledged' && hasReached(reader, last.id));
    const violations = check({ sent: sender.sent, subscribers: [reader.log] });
    if (violations.length > 0) throw new Error(JSON.stringify(violations));
    return reader.log.seen.slice(seen).flatMap((each) => (each.kind === 'reset' ? [each.reason] : []));
  } finally {
    reader.close();
    sender.close();
  }
}
