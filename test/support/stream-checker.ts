// Judges what a stream has carried against the log that it was carried from. It walks from block to block: from each
// one back along the log's own links, nothing that the stream listens to may lie before the one it carried before.

import { expect } from 'vitest';
import type { Entry } from '../../src/entry.ts';
import type { LogModel } from './log-model.ts';
import type { Block } from './recorded-stream.ts';

interface Opened {
  readonly id: string;
  readonly resumed: boolean;
}

interface Reset {
  readonly id: string;
  readonly reason: string;
  readonly requested: string | null;
}

/** What came, once it has been found right. */
export interface Carried {
  readonly opened: Opened;
  readonly resets: readonly Reset[];
  readonly messages: readonly string[];
}

export function checkCarried(log: LogModel, channels: readonly string[], blocks: readonly Block[]): Carried {
  const [first, ...rest] = blocks;
  expect(first, 'open comes first').toMatchObject({ event: 'fanfare:open' });
  const opened = { id: first?.id as string, resumed: JSON.parse(first?.data as string).resumed as boolean };
  const resets: Reset[] = [];
  const messages: string[] = [];
  let position = opened.id;
  for (const { id = '', event, data } of rest) {
    if (event === 'fanfare:reset') {
      const reset = { id, ...(JSON.parse(data as string) as Omit<Reset, 'id'>) };
      resets.push(reset);
      expectNothingWasted(log, channels, position, reset);
    } else {
      const carried = event === undefined;
      expect(missed(log, channels, position, id, carried), `before ${event ?? 'message'} ${id}`).toEqual([]);
      if (carried) messages.push(id);
    }
    position = id;
  }
  expect(missed(log, channels, position, log.tip.id, false), 'at the end').toEqual([]);
  expect(new Set(messages).size, 'no message twice').toBe(messages.length);
  for (const id of messages) expect(listens(channels, find(log, id)), `${id} was asked for`).toBe(true);
  return { opened, resets, messages };
}

/** How many messages of the channels lie after `from`, up to `to`; undefined where `to` does not follow on `from`. */
export function count(log: LogModel, channels: readonly string[], from: string, to: string): number | undefined {
  const passed = walk(log, from, to);
  return passed?.filter((entry) => listens(channels, entry)).length;
}

/** What lies after `from` up to `to`, and with it unless it was carried, that a stream may not pass in silence. */
function missed(log: LogModel, channels: readonly string[], from: string, to: string, carried: boolean): unknown {
  const passed = walk(log, from, to);
  if (passed === undefined) return `${to} does not follow on ${from}`;
  if (carried && passed.length === 0) return `${to} comes again`;
  const silent = carried ? passed.slice(1) : passed;
  return silent.filter((entry) => entry.kind === 'break' || listens(channels, entry)).map(({ id }) => id);
}

/** Where a break alone stopped the stream, it has had everything before. */
function expectNothingWasted(log: LogModel, channels: readonly string[], from: string, { id, reason }: Reset): void {
  if (reason !== 'lost' || log.trims > 0) return;
  const passed = walk(log, from, id)?.slice(1);
  if (passed?.some(({ kind }) => kind === 'break') !== false) return;
  expect(passed.filter((entry) => listens(channels, entry)).map((entry) => entry.id)).toEqual([]);
}

/** The entries after `from` up to `to` and with it, newest first, along the links. */
function walk(log: LogModel, from: string, to: string): readonly Entry[] | undefined {
  const passed: Entry[] = [];
  for (let entry = find(log, to); entry !== undefined; entry = log.before(entry)) {
    if (entry.id === from) return passed;
    passed.push(entry);
  }
  return undefined;
}

function find(log: LogModel, id: string): Entry | undefined {
  return log.ever.find((entry) => entry.id === id);
}

function listens(channels: readonly string[], entry: Entry | undefined): boolean {
  return entry?.kind === 'message' && entry.channels.some((channel) => channels.includes(channel));
}
