// What tests of a bus share: a listener that writes down what it is told, publications, and a bus over a real Redis.

import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { Bus, Listener, Publication } from '../../src/bus/bus.ts';
import { RedisBus, type RedisBusOptions } from '../../src/bus/redis.ts';
import type { Entry, Id, MessageEntry, ResetReason } from '../../src/entry.ts';
import { createLogger } from '../../src/log.ts';
import { encodeBody } from '../../src/sse.ts';
import { until } from './until.ts';

export interface Told {
  readonly entries: Entry[];
  readonly gaps: { readonly reason: ResetReason; readonly position: Id }[];
  /** The ring's position at each entry. */
  readonly positions: (Id | undefined)[];
}

/** Starts a bus that the end of the test closes, and writes down what it tells. */
export function start(bus: Bus): Told {
  const told: Told = { entries: [], gaps: [], positions: [] };
  const listener: Listener = {
    append(entry) {
      told.entries.push(entry);
      told.positions.push(bus.ring.position);
    },
    gap: (reason, position) => void told.gaps.push({ reason, position }),
  };
  onTestFinished(() => bus.close());
  bus.start(listener);
  return told;
}

/** As `start`, and waits until the bus is ready. */
export async function startReady(bus: Bus): Promise<Told> {
  const told = start(bus);
  await until('the bus is ready', () => bus.unready().length === 0);
  return told;
}

export function messagesOf({ entries }: Told): readonly MessageEntry[] {
  return entries.filter((entry) => entry.kind === 'message');
}

/** How often a stream would have been told that messages may be missing: at a gap, and at a break. */
export function losses({ entries, gaps }: Told): number {
  return gaps.length + entries.filter(({ kind }) => kind === 'break').length;
}

export function publication(text: string, channels: readonly string[] = ['messages']): Publication {
  return { channels, body: encodeBody({ text }) };
}

/** The text of a message of one line. */
export function textOf({ block }: MessageEntry): string {
  return /^data: (.*)$/m.exec(block.toString())?.[1] ?? '';
}

/** Publishes one message and gives its id. */
export async function publishOne(bus: Bus, text: string): Promise<Id> {
  const { ids } = await bus.publish([publication(text)]);
  return ids[0] as Id;
}

/** Everything in the log, oldest first. */
export async function wholeLog(bus: Bus): Promise<readonly Entry[]> {
  return (await bus.read('0-0' as Id, 100_000)).entries;
}

export interface TestedRedisBus {
  readonly bus: RedisBus;
  readonly repairs: string[];
  readonly refused: string[];
}

/** A bus under keys of its own unless `prefix` is given. It is not started. */
export function redisBus(url: string, options: Partial<RedisBusOptions> = {}): TestedRedisBus {
  const repairs: string[] = [];
  const refused: string[] = [];
  const settings = {
    url,
    prefix: uniquePrefix(),
    durable: false,
    historySize: 10_000,
    historyBytes: 10_000_000,
    ring: { entries: 5_000, bytes: 5_000_000 },
    ...options,
  };
  const bus = new RedisBus(settings, createLogger('silent', 'test'), {
    connected: () => undefined,
    frame: () => undefined,
    repaired: (reason) => repairs.push(reason),
    roundtrip: () => undefined,
    refused: (reason) => refused.push(reason),
  });
  return { bus, repairs, refused };
}

export function uniquePrefix(): string {
  return `test-${randomUUID()}`;
}
