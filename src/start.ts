// Where a stream begins: now, after a cursor, with everything there is, or with the last messages (R2, R3, S7).

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Bus } from './bus/bus.ts';
import { afterLoss, type Continuation, continueFrom } from './bus/continuity.ts';
import { BEFORE_ALL, type Entry, type Id, parseId } from './entry.ts';
import type { LogReader } from './log-reader.ts';
import type { Stream } from './stream.ts';

// Entries that are looked at in one turn of the event loop.
const TURN_ENTRIES = 1_000;

/** What a subscriber asks for. */
export type Start =
  | { readonly from: 'now' }
  /** R2: everything still in the log. */
  | { readonly from: 'earliest' }
  /** R2: after a cursor, as the client sent it. */
  | { readonly from: 'cursor'; readonly cursor: string }
  /** S7: with the last `count` messages of the stream's channels. */
  | { readonly from: 'last'; readonly count: number };

/** The start, where memory knows it; else it is to be looked up. The bus has a position. */
export function startAtOnce(start: Start, { ring }: Bus): Continuation | undefined {
  const position = ring.position as Id;
  if (start.from === 'now') return { position, entries: [] };
  if (start.from !== 'cursor') return undefined;
  const cursor = parseId(start.cursor);
  if (cursor === undefined) return { position, entries: [], reason: 'unknown' };
  if (cursor === BEFORE_ALL || ring.sequenceAfter(cursor) === undefined) return undefined;
  return { position: cursor, entries: [] };
}

/** The start, read from the log. Undefined where the stream ended meanwhile. */
export async function lookUpStart(
  start: Start,
  stream: Stream,
  bus: Bus,
  reader: LogReader,
): Promise<Continuation | undefined> {
  if (start.from === 'cursor') {
    const cursor = parseId(start.cursor) as Id;
    const page = await reader.page(stream, cursor);
    return page && continueFrom(cursor, page);
  }
  const from = start.from === 'last' ? await beforeLast(start.count, stream, bus, reader) : BEFORE_ALL;
  if (from !== BEFORE_ALL && bus.ring.sequenceAfter(from) !== undefined) return { position: from, entries: [] };
  const page = await reader.page(stream, from);
  if (page === undefined) return undefined;
  // Who comes without a cursor is missing nothing, even where the log has been trimmed past its start meanwhile (R3).
  const { position, entries } =
    from === BEFORE_ALL ? afterLoss(page.entries[0] as Entry, page.entries, 'trimmed') : continueFrom(from, page);
  return { position, entries };
}

/** Goes back through the ring, and through the log before it, past the last `count` messages of the stream's channels. */
async function beforeLast(count: number, stream: Stream, { ring }: Bus, reader: LogReader): Promise<Id> {
  const channels = new Set(stream.channels);
  let position = ring.position as Id;
  let left = count;
  const passed = (entry: Entry): boolean => {
    if (left === 0) return false;
    if (entry.kind === 'message' && entry.channels.some((channel) => channels.has(channel))) left -= 1;
    // The break that the log began with has nothing before it, so it is itself the position to start from.
    const first = entry.prev === BEFORE_ALL;
    position = first ? entry.id : entry.prev;
    return !first;
  };
  let entry: Entry | undefined;
  for (let sequence = ring.end - 1; left > 0; sequence -= 1) {
    entry = ring.at(sequence);
    if (entry === undefined || !passed(entry)) break;
    // Others get their turn. What falls out of the ring meanwhile is read from the log.
    if (sequence % TURN_ENTRIES === 0) await nextTurn();
  }
  // What is left may be in the log, before the ring.
  let more = entry === undefined;
  while (more && left > 0) {
    const page = await reader.pageBack(stream, position);
    more = page?.entries.every(passed) === true && page.more;
  }
  return position;
}
