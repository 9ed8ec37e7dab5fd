// The log's entries and their ids. An id names a position: "this entry and everything before it is covered".
// Ids are compared here and nowhere else; to everybody outside they are opaque.

declare const brand: unique symbol;

/** The id of a log entry, as Redis streams make them: `<milliseconds>-<sequence>`, both without leading zeros. */
export type Id = string & { readonly [brand]: 'Id' };

/** Before every entry. Never a position: the log begins with a break, whose id is later. */
export const BEFORE_ALL = '0-0' as Id;

/** An id that no entry has: whoever comes back with it is told so once more. */
export const NO_POSITION = 'unknown';

/** A message as the log keeps it. `block` is the whole SSE block, encoded once and written to every stream. */
export interface MessageEntry {
  readonly kind: 'message';
  readonly id: Id;
  /** The id of the entry before it: what makes a missing entry visible. */
  readonly prev: Id;
  /** When the bus appended it, in milliseconds since 1970. */
  readonly time: number;
  /** Where it came from, as `origin.ts` writes it; '' where that is not known. */
  readonly origin: string;
  readonly channels: readonly string[];
  readonly block: Buffer;
}

/** A place where the bus lost, or may have lost, messages that it had acknowledged. Crossing it is a reset (R3). */
interface BreakEntry {
  readonly kind: 'break';
  readonly id: Id;
  readonly prev: Id;
  readonly time: number;
}

export type Entry = MessageEntry | BreakEntry;

/** Why a stream could not be given the next message in order (R3). */
export type ResetReason = 'trimmed' | 'lost' | 'unknown';

// 15 digits stay exact in a double.
const ID = /^(0|[1-9]\d{0,14})-(0|[1-9]\d{0,14})$/;

/** The id that `text` spells, or undefined where it cannot be one of ours. */
export function parseId(text: string): Id | undefined {
  return ID.test(text) ? (text as Id) : undefined;
}

/** The part of an id that is a time: milliseconds since 1970. */
export function idTime(id: Id): number {
  return Number(id.slice(0, id.indexOf('-')));
}

function idSequence(id: Id): number {
  return Number(id.slice(id.indexOf('-') + 1));
}

/** Negative where `a` comes before `b` in the log, 0 where they are the same, positive where `a` comes after. */
export function compareIds(a: Id, b: Id): number {
  return idTime(a) - idTime(b) || idSequence(a) - idSequence(b);
}
