// Redis, as its exporter sees it: the log's memory, and whether it cuts replicas that read too slowly.

import { REDIS } from '../../exporters.ts';
import { graph, type Row } from '../model.ts';

const one = (name: string) => `${name}{job="redis"}`;
const rate = (name: string) => `rate(${one(name)}[$__rate_interval])`;

export const redis: Row = {
  title: 'Redis',
  collapsed: true,
  panels: [
    graph({
      title: 'Redis up',
      description:
        'Whether Redis answers its exporter. While it is 0, publishes fail and streams hear only heartbeats.',
      unit: 'count',
      max: 1,
      queries: [{ expr: one(REDIS.up), legend: '{{instance}}' }],
    }),
    graph({
      title: 'Redis memory',
      description: 'In use, of what maxmemory allows. At the limit Redis refuses to publish rather than forget.',
      unit: 'bytes',
      queries: [
        { expr: one(REDIS.memoryUsed), legend: 'used' },
        { expr: one(REDIS.memoryResident), legend: 'resident' },
        { expr: one(REDIS.memoryMax), legend: 'limit (0: none)' },
      ],
    }),
    graph({
      title: 'Redis CPU',
      description: 'Cores used. Redis runs commands on one: near 100 % everybody waits.',
      unit: 'ratio',
      queries: [
        { expr: rate(REDIS.cpuUser), legend: 'user' },
        { expr: rate(REDIS.cpuSystem), legend: 'system' },
      ],
      steps: [{ from: 0.8, colour: 'orange' }],
    }),
    graph({
      title: 'Redis commands',
      description: 'Commands, by name. fcall or evalsha are publishes; xrange are replicas that read the log.',
      unit: 'perSecond',
      stacked: true,
      queries: [{ expr: `sum by (cmd) (${rate(REDIS.commands)}) > 0`, legend: '{{cmd}}' }],
    }),
    graph({
      title: 'Time for a command',
      description: 'Average time that Redis spends on a command, by name. What it waits before is not in it.',
      unit: 'seconds',
      queries: [
        {
          expr: `sum by (cmd) (${rate(REDIS.commandSeconds)}) / (sum by (cmd) (${rate(REDIS.commands)}) > 0)`,
          legend: '{{cmd}}',
        },
      ],
    }),
    graph({
      title: 'Redis traffic',
      description: 'Bytes in, above, and out, below: each message goes out once for every replica.',
      unit: 'bytesPerSecond',
      queries: [
        { expr: rate(REDIS.receivedBytes), legend: 'in' },
        { expr: rate(REDIS.sentBytes), legend: 'out', below: true },
      ],
    }),
    graph({
      title: 'Redis clients',
      description: 'Connections, and those of them that subscribe: each replica has one that does.',
      unit: 'count',
      queries: [
        { expr: one(REDIS.clients), legend: 'connected' },
        { expr: one(REDIS.subscribers), legend: 'subscribed' },
      ],
    }),
    graph({
      title: 'Replicas cut by Redis',
      description:
        'Subscribers that read too slowly, which Redis disconnected without a word; the log fills what they missed.',
      unit: 'perSecond',
      queries: [{ expr: rate(REDIS.outputBufferCuts), legend: 'cut' }],
      steps: [{ from: 0.001, colour: 'orange' }],
    }),
    graph({
      title: 'Last write to disk',
      description: 'Whether the last write to the append-only file succeeded. While it is 0, Redis refuses to publish.',
      unit: 'count',
      max: 1,
      queries: [{ expr: one(REDIS.aofWritten), legend: 'written' }],
    }),
  ],
};
