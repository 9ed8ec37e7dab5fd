// A place in the flow of raw messages. Redis numbers nothing that goes over pub/sub, but gives every subscriber the same
// order of everything on its connection. So a mark is published among the messages now and then, and a message's place is
// how many of its channel came since the last mark: every replica counts the same.

export interface Place {
  readonly mark: number;
  readonly channel: string;
  /** The first message of its channel after the mark has 1. */
  readonly count: number;
}

/** Everything up to here: before the mark, and so many of each channel after it. */
export interface Position {
  readonly mark: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** Before the first mark, whose number is 1. */
export const NOWHERE: Position = { mark: 0, counts: new Map() };

export function covers({ mark, counts }: Position, place: Place): boolean {
  return place.mark < mark || (place.mark === mark && place.count <= (counts.get(place.channel) ?? 0));
}

/** Everything that `a` or `b` covers. */
export function union(a: Position, b: Position): Position {
  if (a.mark !== b.mark) return a.mark > b.mark ? a : b;
  const counts = new Map(a.counts);
  for (const [channel, count] of b.counts) counts.set(channel, Math.max(count, counts.get(channel) ?? 0));
  return { mark: a.mark, counts };
}

/** What `position` covers, and all these, which follow one another. */
export function advance(position: Position, places: readonly Place[]): Position {
  const mark = places.at(-1)?.mark ?? position.mark;
  const counts = new Map(position.mark === mark ? position.counts : []);
  for (const place of places) if (place.mark === mark) counts.set(place.channel, place.count);
  return { mark, counts };
}

/** As Redis keeps it, in one line. */
export function encodePosition({ mark, counts }: Position): string {
  return JSON.stringify([mark, ...counts]);
}

/** @param text of `encodePosition`; '' where nothing was kept */
export function decodePosition(text: string): Position {
  if (text === '') return NOWHERE;
  const [mark, ...counts] = JSON.parse(text) as [number, ...[string, number][]];
  return { mark, counts: new Map(counts) };
}
