// A stream over a socket that takes what is written when a scheduler says so, and keeps it all.

import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import type fc from 'fast-check';
import { Stream } from '../../src/stream.ts';

export interface Block {
  readonly id: string | undefined;
  /** Undefined for a message without a name. */
  readonly event: string | undefined;
  readonly data: string | undefined;
}

export interface RecordedStream {
  readonly stream: Stream;
  /** What has been written, block by block. */
  blocks(): readonly Block[];
}

/** @param bufferBytes how much the socket takes before it asks its writer to wait */
export function recordedStream(
  scheduler: fc.Scheduler,
  channels: readonly string[],
  bufferBytes: number,
): RecordedStream {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    highWaterMark: bufferBytes,
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      void scheduler.schedule(Promise.resolve(), 'sent').then(() => done());
    },
  });
  // A stream uses what all writables have, and counters that no test here asks for.
  const stream = new Stream(sink as unknown as Socket, {
    channels,
    format: 'text',
    retryMs: 2_000,
    expiresAt: Number.POSITIVE_INFINITY,
    onEnd: () => undefined,
  });
  return { stream, blocks: () => parse(Buffer.concat(chunks).toString()) };
}

// Not a full parser, that is another test's: the messages here are one line.
function parse(text: string): readonly Block[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
      return { id: field('id'), event: field('event'), data: field('data') };
    });
}
