// What travels over Redis pub/sub: one line of fields separated by tabs, which no channel name can hold, then the SSE
// block without its id line. `publish.lua` writes messages and breaks, this module reads them.

import { type Entry, type Id, idTime } from '../entry.ts';
import { withId } from '../sse.ts';

const VERSION = '2';

export type Frame =
  | { readonly kind: 'entry'; readonly entry: Entry }
  /** A replica asks whether its own subscription works. */
  | { readonly kind: 'probe'; readonly token: string };

/** A probe as it is published. */
export function encodeProbe(token: string): string {
  return `${VERSION}\tprobe\t${token}\n`;
}

/** Reads a frame; undefined where a version that this replica does not know wrote it. The log will bring its content. */
export function decodeFrame(bytes: Buffer): Frame | undefined {
  const end = bytes.indexOf(0x0a);
  const [version, kind, id, prev, origin, ...channels] = bytes.toString('utf8', 0, end).split('\t');
  if (version !== VERSION || id === undefined) return undefined;
  if (kind === 'probe') return { kind, token: id };
  if (prev === undefined) return undefined;
  if (kind === 'break') return { kind: 'entry', entry: breakEntry(id as Id, prev as Id) };
  if (kind !== 'message' || origin === undefined) return undefined;
  return { kind: 'entry', entry: messageEntry(id as Id, prev as Id, origin, channels, bytes.subarray(end + 1)) };
}

/** An entry as `XRANGE` gives it: its id and its fields, in the order in which `publish.lua` writes them. */
export function decodeEntry([id, [, prev, , , , channels, , body, , origin]]: StreamEntry): Entry {
  const entryId = id.toString() as Id;
  const prevId = (prev as Buffer).toString() as Id;
  if (body === undefined) return breakEntry(entryId, prevId);
  return messageEntry(entryId, prevId, origin?.toString() ?? '', (channels as Buffer).toString().split('\t'), body);
}

export type StreamEntry = readonly [id: Buffer, fields: readonly Buffer[]];

function messageEntry(id: Id, prev: Id, origin: string, channels: readonly string[], body: Buffer): Entry {
  return { kind: 'message', id, prev, time: idTime(id), origin, channels, block: withId(id, body) };
}

function breakEntry(id: Id, prev: Id): Entry {
  return { kind: 'break', id, prev, time: idTime(id) };
}
