// The log step by step in either direction, from memory as far as that goes, and across gaps.

import type { Bus } from './bus/bus.ts';
import { continueFrom } from './bus/continuity.ts';
import type { Asker } from './elevator.ts';
import { BEFORE_ALL, type Entry, type Id, type MessageEntry } from './entry.ts';
import type { LogReader } from './log-reader.ts';

/** A log, and on whose behalf it is read: once that has ended, no more steps come. */
export interface Source {
  readonly bus: Bus;
  readonly reader: LogReader;
  readonly asker: Asker;
}

/** One step through the log. */
export interface Step {
  /** Where it leads to. */
  readonly position: Id;
  /** Something is missing on the way there. */
  readonly gap: boolean;
  readonly message?: MessageEntry;
  /** Bytes that were read from the bus for it: none where memory has it. */
  readonly read: number;
}

// Of memory, in one go.
const CHUNK_ENTRIES = 1_000;

/** What comes after `cursor`; undefined: from the oldest on. */
export async function* forward({ bus, reader, asker }: Source, cursor: Id | undefined): AsyncGenerator<Step> {
  const { ring } = bus;
  let position = cursor ?? BEFORE_ALL;
  for (;;) {
    const sequence = position === BEFORE_ALL ? undefined : ring.sequenceAfter(position);
    if (sequence === ring.end) return;
    if (sequence !== undefined) {
      // What falls out of the ring meanwhile is read from the log.
      for (let at = sequence; ring.at(at) !== undefined; at += 1) {
        const entry = ring.at(at) as Entry;
        position = entry.id;
        yield stepOn(entry, false);
      }
      continue;
    }
    const page = await reader.page(asker, position);
    if (page === undefined) return;
    const { position: from, entries, reason } = continueFrom(position, page);
    // Who begins with the oldest is missing nothing.
    if (reason !== undefined && position !== BEFORE_ALL) yield { position: from, gap: true, read: 0 };
    for (const entry of entries) yield stepOn(entry, true);
    position = entries.at(-1)?.id ?? from;
    if (!page.more) return;
  }
}

/** What comes before `cursor`, newest first; undefined: from the newest back. The ring has a position. */
export async function* backward(source: Source, cursor: Id | undefined): AsyncGenerator<Step> {
  let from = cursor ?? (source.bus.ring.position as Id);
  let {
    entries: [newest, ...older],
    read,
  } = await chunkBack(source, from);
  // Older than all there is: what was before it is gone.
  if (newest === undefined && cursor !== undefined) yield { position: cursor, gap: true, read: 0 };
  if (newest === undefined) return;
  // What is asked for again is where to go on from, and no part of the page.
  if (cursor === undefined) yield { ...stepOn(newest, read), gap: false };
  else if (newest.id !== cursor) yield { ...stepOn(newest, read), gap: true };
  while (older.length > 0) {
    for (const entry of older) {
      yield { ...stepOn(entry, read), gap: newest.kind === 'break' };
      newest = entry;
    }
    from = newest.id;
    ({
      entries: [newest = newest, ...older],
      read,
    } = await chunkBack(source, from));
  }
}

/** A break says that something is missing before it. */
function stepOn(entry: Entry, read: boolean): Step {
  if (entry.kind === 'break') return { position: entry.id, gap: true, read: 0 };
  return { position: entry.id, gap: false, message: entry, read: read ? bytesOf(entry) : 0 };
}

function bytesOf({ channels, block }: MessageEntry): number {
  return channels.reduce((sum, channel) => sum + channel.length, block.length);
}

interface Chunk {
  readonly entries: readonly Entry[];
  /** Whether they were read from the bus. */
  readonly read: boolean;
}

/** Entries from `from` back, itself included where it is still there; none where the asker has ended. */
async function chunkBack({ bus, reader, asker }: Source, from: Id): Promise<Chunk> {
  const { ring } = bus;
  const end = ring.sequenceAfter(from);
  const entries: Entry[] = [];
  for (let sequence = (end ?? 0) - 1; entries.length < CHUNK_ENTRIES; sequence -= 1) {
    const entry = end === undefined ? undefined : ring.at(sequence);
    if (entry === undefined) break;
    entries.push(entry);
  }
  if (entries.length > 1) return { entries, read: false };
  const run = await reader.pageBack(asker, from);
  return { entries: run?.entries ?? [], read: true };
}
