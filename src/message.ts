// What a publisher may say, and what it is told otherwise (P1, P2, P6, P7). Pure: fields in, message or Problem out.
// Nothing is repaired: a name with a line end would write fields into other people's streams.

import { OverLimit, Problem } from './problem.ts';

/** A message as a publisher sent it. */
export interface Message {
  readonly channels: readonly string[];
  readonly event?: string;
  /** Milliseconds. */
  readonly retry?: number;
  readonly text: string;
}

/** The fields of one message, as JSON spells them; a form's repeated `channel` is an array. */
export type Fields = Readonly<Record<string, unknown>>;

export const DEFAULT_CHANNEL = 'messages';
const MAX_CHANNELS_PER_MESSAGE = 16;
export const MAX_BATCH_MESSAGES = 1_000;
const MAX_NAME_BYTES = 255;
/** No browser is sent away for a day. */
const MAX_RETRY_MS = 60_000;

const FIELDS = new Set(['message', 'channel', 'event', 'retry']);

/**
 * Checks the fields of one message.
 * @param where named in errors: empty, or which message of a batch
 * @param maxBytes of the message, in UTF-8
 * @throws Problem 400 for a field that is wrong, 413 for a message over `maxBytes`
 */
export function parseMessage(fields: Fields, maxBytes: number, where = ''): Message {
  const refuse = (detail: string) => new Problem(400, where + detail);
  for (const name of Object.keys(fields)) {
    if (name === 'id') {
      throw refuse(
        'A message has no "id": ids belong to the log. To make repeating safe, send an Idempotency-Key header.',
      );
    }
    if (!FIELDS.has(name)) throw refuse(`There is no field ${quote(name)}: use message, channel, event or retry.`);
  }
  const text = parseText(fields['message'], refuse);
  if (Buffer.byteLength(text) > maxBytes) {
    const bytes = Buffer.byteLength(text);
    throw new OverLimit(413, 'message_bytes', `${where}The message has ${bytes} bytes; at most ${maxBytes} are taken.`);
  }
  const event = parseEvent(fields['event'], refuse);
  const retry = parseRetry(fields['retry'], refuse);
  return {
    channels: parseChannels(fields['channel'], refuse),
    text,
    ...(event !== undefined && { event }),
    ...(retry !== undefined && { retry }),
  };
}

/** What is wrong with a channel or event name, or undefined where nothing is (P6). */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `it has more than ${MAX_NAME_BYTES} bytes`;
  if (/\p{Cc}/u.test(name)) return 'it has a control character, such as a line end';
  if (!name.isWellFormed()) return 'it has half of a surrogate pair';
  return undefined;
}

/** Whether an event's name is not for publishers (P6). */
export function isReserved(event: string): boolean {
  return event === 'open' || event === 'error' || event.startsWith('fanfare:');
}

/** The milliseconds that `value` says, or undefined where it is no `retry` that is taken (P6). */
export function retryOf(value: unknown): number | undefined {
  const digits = typeof value === 'number' ? String(value) : value;
  const valid = typeof digits === 'string' && /^\d{1,5}$/.test(digits) && Number(digits) <= MAX_RETRY_MS;
  return valid ? Number(digits) : undefined;
}

type Refuse = (detail: string) => Problem;

function parseText(value: unknown, refuse: Refuse): string {
  if (value === undefined)
    throw refuse('The field "message" is missing: send message=… in a form or {"message":…} in JSON.');
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (!text.isWellFormed()) throw refuse('The message has half of a surrogate pair, which UTF-8 cannot carry.');
  return text;
}

function parseChannels(value: unknown, refuse: Refuse): readonly string[] {
  const channels: unknown[] = value === undefined ? [DEFAULT_CHANNEL] : Array.isArray(value) ? value : [value];
  if (channels.length === 0) throw refuse('"channel" is an empty list: name a channel, or leave the field out.');
  if (channels.length > MAX_CHANNELS_PER_MESSAGE) {
    throw refuse(`A message goes to at most ${MAX_CHANNELS_PER_MESSAGE} channels, not ${channels.length}.`);
  }
  for (const channel of channels) checkName('channel', channel, refuse);
  return [...new Set(channels as string[])];
}

function parseEvent(value: unknown, refuse: Refuse): string | undefined {
  if (value === undefined) return undefined;
  checkName('event', value, refuse);
  if (isReserved(value)) {
    throw refuse(`The event name ${quote(value)} is reserved: choose one that is not open, error or fanfare:….`);
  }
  return value;
}

function parseRetry(value: unknown, refuse: Refuse): number | undefined {
  if (value === undefined) return undefined;
  const retry = retryOf(value);
  if (retry !== undefined) return retry;
  throw refuse(`"retry" must be a whole number of milliseconds from 0 to ${MAX_RETRY_MS}, not ${quote(value)}.`);
}

function checkName(field: 'channel' | 'event', value: unknown, refuse: Refuse): asserts value is string {
  if (typeof value !== 'string') throw refuse(`"${field}" must be a string, not ${quote(value)}.`);
  const fault = nameFault(value);
  if (fault !== undefined) throw refuse(`The ${field} ${quote(value)} cannot be used: ${fault}.`);
}

/** A value as an error shows it: escaped, and not at full length. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
