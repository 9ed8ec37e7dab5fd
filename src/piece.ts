// What a stream that catches up gets in one write: the blocks it listens to of the next entries, joined.

import type { Entry, Id, MessageEntry } from './entry.ts';

export interface Piece {
  /** How many entries it covers, at least one. */
  readonly entries: number;
  /** Where it brings the stream to. */
  readonly position: Id;
  /** True where it is a break, which goes alone and is told by a reset. */
  readonly lost: boolean;
  /** How many messages it holds, and their blocks. */
  readonly events: number;
  readonly bytes: Buffer;
}

// Large enough to be cheap, small enough that a slow reader holds no more. The last block may go beyond it.
const MOST_BYTES = 65_536;
const MOST_ENTRIES = 1_000;

const NOTHING = Buffer.alloc(0);

/**
 * The first piece of a run of entries.
 * @param at what stands at an index of the run: an entry at 0, undefined after its end
 * @param blockOf what a message is there; undefined where the stream does not listen to it
 * @param most messages that it may hold, at least one
 */
export function takePiece(
  at: (index: number) => Entry | undefined,
  blockOf: (entry: MessageEntry) => Buffer | undefined,
  most = Number.POSITIVE_INFINITY,
): Piece {
  const first = at(0) as Entry;
  if (first.kind === 'break') return { entries: 1, position: first.id, lost: true, events: 0, bytes: NOTHING };
  const blocks: Buffer[] = [];
  let bytes = 0;
  let position = first.id;
  let index = 0;
  for (let entry: Entry | undefined = first; entry?.kind === 'message'; entry = at(index)) {
    if (bytes >= MOST_BYTES || index === MOST_ENTRIES || blocks.length >= most) break;
    const block = blockOf(entry);
    if (block !== undefined) {
      blocks.push(block);
      bytes += block.length;
    }
    position = entry.id;
    index += 1;
  }
  return { entries: index, position, lost: false, events: blocks.length, bytes: Buffer.concat(blocks, bytes) };
}
