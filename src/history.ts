// The log, read in pages by who asks for it: messages of some channels after a position, or before it when reading back.
// A page ends before a gap, so that the next one begins with it and says so.

import { type Bus, BusUnavailable } from './bus/bus.ts';
import { continueFrom } from './bus/continuity.ts';
import { BEFORE_ALL, type Entry, type Id, type MessageEntry, parseId } from './entry.ts';

export interface HistoryQuery {
  readonly channels: readonly string[];
  /** A cursor as the client sent it; undefined: from the oldest, or reading back from the newest. */
  readonly after: string | undefined;
  /** Messages. */
  readonly limit: number;
  readonly reverse: boolean;
}

export interface HistoryPage {
  readonly messages: readonly MessageEntry[];
  /** A stream opened here misses nothing that is newer than this page, and doubles nothing. */
  readonly position: Id;
  /** Nothing is missing between `after` and the first message. */
  readonly complete: boolean;
  /** The cursor of the next page; null where there is none. */
  readonly next: Id | null;
}

/** One step through the log. */
interface Step {
  /** Where it leads to. */
  readonly position: Id;
  /** Something is missing on the way there. */
  readonly gap: boolean;
  readonly message?: MessageEntry;
}

// What one page looks at: where a channel is rare, pages may hold less than was asked for, and still lead on.
const MOST_STEPS = 10_000;
const MOST_BYTES = 4_194_304;
const CHUNK_ENTRIES = 1_000;

/**
 * One page.
 * @throws BusUnavailable where the log is not known yet, or the page is older than memory and the bus is away
 */
export async function readHistory(bus: Bus, { channels, after, limit, reverse }: HistoryQuery): Promise<HistoryPage> {
  const tip = bus.ring.position;
  if (tip === undefined) throw new BusUnavailable('the end of the log is not known yet');
  const cursor = after === undefined || after === 'earliest' ? undefined : parseId(after);
  if (cursor === undefined && after !== undefined && after !== 'earliest')
    return { messages: [], position: tip, complete: false, next: null };
  const wanted = new Set(channels);
  const messages: MessageEntry[] = [];
  let [complete, steps, bytes] = [true, 0, 0];
  let first: Id | undefined;
  let covered: Id | undefined;
  const page = (next: Id | null): HistoryPage => {
    const newest = reverse ? (cursor === undefined ? tip : first) : covered;
    return { messages, position: newest ?? cursor ?? tip, complete, next };
  };
  for await (const { position, gap, message } of reverse ? backward(bus, cursor) : forward(bus, cursor)) {
    if (covered !== undefined && (gap || messages.length === limit || steps >= MOST_STEPS || bytes >= MOST_BYTES))
      return page(covered);
    if (gap) complete = false;
    first ??= position;
    covered = position;
    steps += 1;
    if (message === undefined || !message.channels.some((channel) => wanted.has(channel))) continue;
    messages.push(message);
    bytes += message.block.length;
  }
  return page(null);
}

async function* forward(bus: Bus, cursor: Id | undefined): AsyncGenerator<Step> {
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
        yield stepOn(entry);
      }
      continue;
    }
    const page = await bus.read(position, CHUNK_ENTRIES);
    const { position: from, entries, reason } = continueFrom(position, page);
    // Who begins with the oldest is missing nothing.
    if (reason !== undefined && position !== BEFORE_ALL) yield { position: from, gap: true };
    yield* entries.map(stepOn);
    position = entries.at(-1)?.id ?? from;
    if (!page.more) return;
  }
}

/** A break says that something is missing before it. */
function stepOn(entry: Entry): Step {
  if (entry.kind === 'break') return { position: entry.id, gap: true };
  return { position: entry.id, gap: false, message: entry };
}

async function* backward(bus: Bus, cursor: Id | undefined): AsyncGenerator<Step> {
  let from = cursor ?? (bus.ring.position as Id);
  let [newest, ...older] = await chunkBack(bus, from);
  // Older than all there is: what was before it is gone.
  if (newest === undefined && cursor !== undefined) yield { position: cursor, gap: true };
  if (newest === undefined) return;
  // What is asked for again is where to go on from, and no part of the page.
  if (cursor === undefined) yield { ...stepOn(newest), gap: false };
  else if (newest.id !== cursor) yield { ...stepOn(newest), gap: true };
  while (older.length > 0) {
    for (const entry of older) {
      yield { ...stepOn(entry), gap: newest.kind === 'break' };
      newest = entry;
    }
    from = newest.id;
    [newest = newest, ...older] = await chunkBack(bus, from);
  }
}

/** Entries from `from` back, itself included where it is still there. */
async function chunkBack(bus: Bus, from: Id): Promise<readonly Entry[]> {
  const { ring } = bus;
  const end = ring.sequenceAfter(from);
  const entries: Entry[] = [];
  for (let sequence = (end ?? 0) - 1; entries.length < CHUNK_ENTRIES; sequence -= 1) {
    const entry = end === undefined ? undefined : ring.at(sequence);
    if (entry === undefined) break;
    entries.push(entry);
  }
  return entries.length > 1 ? entries : bus.readBack(from, CHUNK_ENTRIES);
}
