// What a stream listens to, and the form that its messages have there: as they were sent (S3), or wrapped in JSON, which
// says what an EventSource cannot see otherwise: the channels, and event names that nobody listens for (S8).

import type { MessageEntry } from './entry.ts';
import { wrapBlock } from './sse.ts';

export type Format = 'text' | 'json';

export interface Listener {
  /** Sorted, without repetition. */
  readonly channels: readonly string[];
  readonly format: Format;
}

/** The block of a message for those who listen to it: one and the same Buffer for all of whom it tells the same. */
export function blocksOf(entry: MessageEntry): (listener: Listener) => Buffer {
  let wrapped: Map<string, Buffer> | undefined;
  return ({ channels, format }) => {
    if (format === 'text') return entry.block;
    wrapped ??= new Map();
    // Of the others a listener may not even know (A7).
    const heard = entry.channels.filter((channel) => channels.includes(channel));
    const key = heard.join('\t');
    const block = wrapped.get(key) ?? wrapBlock(entry.block, entry.id, heard, entry.time);
    wrapped.set(key, block);
    return block;
  };
}

/** The block of a message for one listener; undefined where it does not listen to any of the channels. */
export function blockFor(listener: Listener, entry: MessageEntry): Buffer | undefined {
  const listens = entry.channels.some((channel) => listener.channels.includes(channel));
  return listens ? blocksOf(entry)(listener) : undefined;
}
