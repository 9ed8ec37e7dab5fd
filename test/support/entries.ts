// Entries of a log, made by hand for tests of pure parts.

import { type Entry, type Id, idTime, type MessageEntry } from '../../src/entry.ts';
import { encodeBody, withId } from '../../src/sse.ts';

/** A message entry; its text is its id unless given. */
export function message(id: string, prev: string, channels: readonly string[] = ['messages'], text = id): MessageEntry {
  const entryId = id as Id;
  const block = withId(entryId, encodeBody({ text }));
  return { kind: 'message', id: entryId, prev: prev as Id, time: idTime(entryId), origin: '', channels, block };
}

export function breakAt(id: string, prev: string): Entry {
  return { kind: 'break', id: id as Id, prev: prev as Id, time: idTime(id as Id) };
}

/** Messages `1-0`, `2-0`, … `count-0`, each linked to the one before. */
export function chain(count: number): readonly MessageEntry[] {
  return Array.from({ length: count }, (_, index) => message(`${index + 1}-0`, `${index}-0`));
}
