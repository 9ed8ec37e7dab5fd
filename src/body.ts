// The body of a publish: read whole and bounded, then decoded as a form or as JSON. What cannot be decoded exactly is
// refused, never repaired: a parser that puts U+FFFD for broken UTF-8, or rounds a number, would change the message.

import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import readBody from 'raw-body';
import { parseForm } from './form.ts';
import { parseJson } from './json.ts';
import { measureJson, WIDEST_ESCAPE } from './json-size.ts';
import { type Fields, MAX_BATCH_MESSAGES, quote } from './message.ts';
import { OverLimit, Problem } from './problem.ts';

/** What a body holds: the fields of one message, or of each message of a batch; and the bytes it was read from. */
export interface Body {
  readonly content: Fields | readonly unknown[];
  readonly bytes: Buffer;
  readonly mediaType: string;
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
// More than one message has, and so few that a body full of names costs no more than its length.
const MAX_FORM_FIELDS = 100;
// More than channels, event and retry of a message have.
const OTHER_FIELDS_BYTES = 8_192;

export interface BodyLimits {
  readonly maxMessageBytes: number;
  readonly maxBatchBytes: number;
}

/**
 * Reads the body of `ctx`.
 * @throws Problem 400 where it cannot be decoded, 413 where it is larger than a batch, or any encoding of a message, may
 *   be, 415 for another media type or encoding
 */
export async function parseBody(ctx: Context, limits: BodyLimits): Promise<Body> {
  const mediaType = checkHeaders(ctx);
  // A form's percent-encoding is half as wide.
  const bytes = await readBytes(ctx.req, Math.max(limits.maxBatchBytes, limits.maxMessageBytes * WIDEST_ESCAPE));
  const text = decode(bytes);
  if (mediaType === FORM) return { content: formFields(text), bytes, mediaType };
  checkSize(text, bytes.length, limits);
  return { content: jsonContent(text), bytes, mediaType };
}

function checkHeaders(ctx: Context): string {
  const mediaType = (ctx.get('Content-Type').split(';', 1)[0] ?? '').trim().toLowerCase();
  if (mediaType !== FORM && mediaType !== JSON_TYPE) {
    const given = mediaType === '' ? 'There is no Content-Type' : `The Content-Type ${mediaType} is not taken`;
    throw new Problem(415, `${given}: send ${FORM} or ${JSON_TYPE}.`, { Accept: `${FORM}, ${JSON_TYPE}` });
  }
  const charset = ctx.request.charset;
  if (charset !== '' && charset.toLowerCase() !== 'utf-8') throw new Problem(415, `Send UTF-8, not ${charset}.`);
  const encoding = ctx.get('Content-Encoding');
  if (encoding !== '' && encoding !== 'identity') throw new Problem(415, `Send the body without Content-Encoding.`);
  return mediaType;
}

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  try {
    return await readBody(request, { length: request.headers['content-length'] ?? null, limit: maxBytes });
  } catch (error) {
    const { type } = error as { type?: string };
    if (type === 'entity.too.large')
      throw new OverLimit(413, 'batch_bytes', `The body has more than ${maxBytes} bytes: send less at once.`);
    throw new Problem(400, 'The body ended before it was complete: send it again.');
  }
}

function decode(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Problem(400, 'The body is not valid UTF-8.');
  const text = bytes.toString();
  // Not part of JSON, and in a form the beginning of the first name.
  if (text.startsWith('\ufeff')) throw new Problem(400, 'The body begins with a byte order mark: leave it out.');
  return text;
}

function formFields(text: string): Fields {
  const fields: Record<string, unknown> = Object.create(null);
  // Before it is parsed: a megabyte of short names takes most of a second.
  if (text.split('&', MAX_FORM_FIELDS + 1).length > MAX_FORM_FIELDS)
    throw new Problem(400, `A form has at most ${MAX_FORM_FIELDS} fields: it is one message; send a batch as JSON.`);
  for (const [name, value] of parseForm(text)) {
    if (!(name in fields)) fields[name] = value;
    else if (name === 'channel') fields[name] = [fields[name], value].flat();
    else
      throw new Problem(400, `The field ${quote(name)} is there twice: a form is one message; send a batch as JSON.`);
  }
  return fields;
}

/** Before it is parsed: a megabyte of `1,1,…` takes longer than others should wait, and is no batch and no message. */
function checkSize(text: string, bytes: number, { maxMessageBytes, maxBatchBytes }: BodyLimits): void {
  const { elements, largest } = measureJson(text);
  if (elements !== undefined && bytes > maxBatchBytes)
    throw new OverLimit(413, 'batch_bytes', `A batch has at most ${maxBatchBytes} bytes: split it.`);
  if (elements !== undefined && elements > MAX_BATCH_MESSAGES) {
    const detail = `A batch has at most ${MAX_BATCH_MESSAGES} messages, not ${elements}: split it.`;
    throw new OverLimit(413, 'batch_messages', detail);
  }
  if (largest > maxMessageBytes + OTHER_FIELDS_BYTES)
    throw new OverLimit(
      413,
      'message_bytes',
      `A message has more bytes of JSON than fit into ${maxMessageBytes}: at most so many are taken.`,
    );
}

function jsonContent(text: string): Fields | readonly unknown[] {
  const value = parseJson(text);
  if (Array.isArray(value)) return value;
  if (isFields(value)) return value;
  throw new Problem(400, 'The JSON must be an object such as {"message":"hello"}, or an array of such objects.');
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}
