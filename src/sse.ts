// How a block of an event stream looks, and the only place that knows it (WHATWG HTML, 9.2.5 and 9.2.6).
// Callers have refused line ends and NUL in ids and event names before they come here.

import type { Id, NO_POSITION, ResetReason } from './entry.ts';

/** Why a replica ends a stream by itself (R8). */
export type CloseReason = 'drain' | 'age' | 'expired' | 'kicked' | 'replay';

/** What stands in a message's block, but for its id. */
export interface EventFields {
  readonly event?: string;
  /** Milliseconds that the browser shall wait before it reconnects. */
  readonly retry?: number;
  readonly text: string;
}

/** A message's block without its id line, which only the log can give (S3). */
export function encodeBody({ event, retry, text }: EventFields): Buffer {
  const head = (event === undefined ? '' : `event: ${event}\n`) + (retry === undefined ? '' : `retry: ${retry}\n`);
  return Buffer.from(`${head}${dataLines(text)}\n`);
}

// Lines end at CRLF, CR or LF and nowhere else: U+2028 stays inside its line, and a trailing empty line is kept.
function dataLines(text: string): string {
  return `data: ${text.replace(/\r\n|\r|\n/g, '\ndata: ')}\n`;
}

/** The whole block of a message: its id line and its body. */
export function withId(id: Id, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`id: ${id}\n`), body]);
}

/** A lone `retry:`, which dispatches no event. */
export function retryBlock(retryMs: number): string {
  return `retry: ${retryMs}\n\n`;
}

/** S2: "you are subscribed"; what was after `id` arrives, or a reset follows that says otherwise. */
export function openBlock(
  id: Id | typeof NO_POSITION,
  data: { replica: string; channels: readonly string[]; resumed: boolean },
): string {
  return controlBlock('open', data, id);
}

/** S5: an empty `data:` line makes a browser take the id as its Last-Event-ID. */
export function heartbeatBlock(id: Id): string {
  return `id: ${id}\nevent: fanfare:heartbeat\ndata:\n\n`;
}

/** R3: messages between `requested` and `id` cannot be given. `requested` is null where the stream was live. */
export function resetBlock(id: Id, reason: ResetReason, requested: string | null): string {
  return controlBlock('reset', { reason, requested }, id);
}

/** R8: the replica is about to end this stream; come back after `retryMs`. */
export function closeBlock(reason: CloseReason, retryMs: number): string {
  return retryBlock(retryMs) + controlBlock('close', { reason });
}

// JSON escapes every line end, so the data is one line.
function controlBlock(name: string, data: object, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: fanfare:${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

// Up to the text: what `withId` and `encodeBody` have put before it. Only LF ends a line; to `^` and `$`, U+2028 would too.
const HEAD = /^id: [^\n]*\n(?:event: ([^\n]*)\n)?(retry: \d+\n)?data: /;

/** What a message's block says, as a browser has it: lines are joined by LF, and who names no event says `message`. */
export function decodeBlock(block: Buffer): { readonly event: string; readonly data: string } {
  const { event, data } = partsOf(block);
  return { event, data };
}

/** S8: the same message as one line of JSON, which `onmessage` sees whatever it is called. */
export function wrapBlock(block: Buffer, id: Id, channels: readonly string[], time: number): Buffer {
  const { event, data, retry } = partsOf(block);
  const message = { channels, event, data, time: new Date(time).toISOString() };
  return Buffer.from(`id: ${id}\n${retry}data: ${JSON.stringify(message)}\n\n`);
}

function partsOf(block: Buffer): { event: string; data: string; retry: string } {
  const text = block.toString();
  const [head = '', event = 'message', retry = ''] = HEAD.exec(text) ?? [];
  return { event, data: text.slice(head.length, -2).replaceAll('\ndata: ', '\n'), retry };
}
