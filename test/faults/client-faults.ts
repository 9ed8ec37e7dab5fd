// Faults between clients and nginx, and clients that are faults themselves.

import type { Id } from '../../src/entry.ts';
import { publishAll } from '../support/publisher.ts';
import { metric } from '../support/replica.ts';
import { until } from '../support/until.ts';
import { check, type Sent } from './checker.ts';
import { hasReached, type Lab } from './cluster-under-fault.ts';
import { lasting, type NamedFault } from './named-fault.ts';
import type { LineFaults } from './proxy.ts';
import { Reader } from './reader.ts';
import { HEARTBEAT_MS, type Servers, SLOW_CLIENT_BYTES, total } from './servers.ts';

export const CLIENT_FAULTS: readonly NamedFault[] = [
  {
    rule: 'R2',
    name: 'all connections of clients are reset at once, three times',
    strikes: 'clients',
    failsSends: true,
    run: async ({ servers: { front } }) => {
      for (let count = 0; count < 3; count += 1) {
        front.reset();
        await lasting(1_000);
      }
    },
  },
  {
    rule: 'R2',
    name: 'connections of clients end anywhere in a stream',
    strikes: 'clients',
    failsSends: true,
    run: async (lab) => {
      for (let count = 0; count < 20; count += 1)
        await inFront(lab, { cutAfterBytes: HEAD_BYTES + Math.floor(lab.random() * 2_000) }, 150);
    },
  },
  {
    rule: 'S5',
    name: 'the lines of clients are black holes for 4 s',
    strikes: 'clients',
    run: (lab) => inFront(lab, { blackHole: true }, 4_000),
  },
  {
    rule: 'S3',
    name: 'the lines of clients are slow, uneven and cut everything into pieces of 3 bytes',
    strikes: 'clients',
    run: (lab) => inFront(lab, { latencyMs: 5, jitterMs: 40, sliceBytes: 3 }, 3_000),
  },
  {
    rule: 'R2',
    name: 'the lines of clients carry less than is sent, and then break',
    strikes: 'clients',
    failsSends: true,
    run: async (lab) => {
      // A subscriber has about 700 bytes a second to come.
      await inFront(lab, { bytesPerSecond: 512 }, 4_000);
      lab.servers.front.reset();
    },
  },
  {
    rule: 'R7',
    name: '50 readers stop reading under 5 MB a second',
    strikes: 'clients',
    alone: true,
    run: stopReading,
  },
];

// No answer's head is longer. Without TLS, Chromium takes a head that ends early for a whole one, and one that names no
// Content-Type closes its EventSource for ever; readers of our own are cut inside the head in reader-faults.test.ts.
const HEAD_BYTES = 1_000;

async function inFront({ servers: { front } }: Lab, faults: LineFaults, ms: number): Promise<void> {
  front.faults = faults;
  try {
    await lasting(ms);
  } finally {
    front.heal();
  }
}

const READERS = 50;
const CLOSED_FOR_SLOWNESS = 'fanfare_streams_closed_total{reason="slow"}';
// 0.5 MB every 100 ms.
const BATCH = 10;
// Tens of megabytes for each of them.
const CATCH_UP_MS = 90_000;
const MESSAGE = 'x'.repeat(50_000);
const BETWEEN_BATCHES_MS = 100;
// What the kernel takes for each connection on its way, and then the limit: minutes of it would be no limit.
const MOST_BATCHES = 250;
// Each reader may hold back so much, and Node's heap breathes.
const MEMORY_BYTES = READERS * SLOW_CLIENT_BYTES + 100e6;

/** They are cut and nobody else notices; and they have lost nothing, since they come back. */
async function stopReading({ servers }: Lab): Promise<void> {
  const { url } = servers.nginx;
  const channels = ['flood'];
  const readers = Array.from({ length: READERS }, (_, index) => {
    return new Reader({ name: `stalled ${index}`, url, channels, heartbeatMs: HEARTBEAT_MS });
  });
  try {
    await until('they are subscribed', () => readers.every(({ live }) => live));
    const closed = await total(servers, CLOSED_FOR_SLOWNESS);
    const memory = await memoryOf(servers);
    for (const reader of readers) reader.stall();
    const sent: Sent[] = [];
    let last = '0-0' as Id;
    let most = memory;
    while ((await total(servers, CLOSED_FOR_SLOWNESS)) < closed + READERS) {
      if (sent.length >= MOST_BATCHES * BATCH) throw new Error('they were not cut');
      const bodies = Array.from({ length: BATCH }, (_, index) => `${sent.length + index} ${MESSAGE}`);
      const ids = await publishAll(
        url,
        bodies.map((message) => ({ channel: channels, message })),
      );
      for (const [index, body] of bodies.entries())
        sent.push({ body, channels, outcome: { status: 'acknowledged', id: ids[index] as Id } });
      last = ids.at(-1) as Id;
      most = Math.max(most, await memoryOf(servers));
      await lasting(BETWEEN_BATCHES_MS);
    }
    if (most - memory > MEMORY_BYTES) throw new Error(`the memory of a replica grew by ${most - memory} bytes`);
    // All of it for all of them would be gigabytes.
    const back = readers.slice(0, 10);
    for (const reader of back) reader.goOn();
    // Or more: once there, a heartbeat takes a reader on past what others publish meanwhile (S5).
    await until('they have all of it', () => back.every((each) => hasReached(each, last)), CATCH_UP_MS);
    const violations = check({ sent, subscribers: back.map(({ log }) => log) });
    if (violations.length > 0) throw new Error(JSON.stringify(violations.slice(0, 3)));
    if (back.some(({ log }) => log.seen.some(({ kind }) => kind === 'reset'))) throw new Error('they were reset');
  } finally {
    for (const reader of readers) reader.close();
  }
}

/** Of the replica that takes most. */
async function memoryOf({ replicas }: Servers): Promise<number> {
  return Math.max(...(await Promise.all(replicas.map((each) => metric(each, 'process_resident_memory_bytes')))));
}
