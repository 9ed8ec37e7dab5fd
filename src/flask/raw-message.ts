// What a Flask app puts on a Redis channel, as an event of the log (F2). Pure: bytes in, fields or a reason out.
//
// flask_sse 1.0.0 publishes {"data": …} and, where they are given, "type", "id" and "retry". Whoever else publishes on the
// same channel may send what he likes: what is not of this shape is a text, and nothing of it is lost.

import { isUtf8 } from 'node:buffer';
import { memberSources } from '../json.ts';
import { isReserved, nameFault, retryOf } from '../message.ts';
import type { EventFields } from '../sse.ts';

/** Why a message cannot be in the log: what the contract refuses at /send as well (P6, P7). */
export type RawFault = 'text' | 'size' | 'event';

const FIELDS = new Set(['data', 'type', 'id', 'retry']);

/** @param maxBytes of the text, in UTF-8 */
export function parseRaw(bytes: Buffer, maxBytes: number): EventFields | RawFault {
  if (!isUtf8(bytes)) return 'text';
  const raw = bytes.toString();
  const { text, type, retry } = flaskFields(raw) ?? { text: raw };
  if (!text.isWellFormed()) return 'text';
  if (Buffer.byteLength(text) > maxBytes) return 'size';
  const event = type || undefined;
  if (event !== undefined && !isEvent(event)) return 'event';
  // Advice for the browser alone: a message that gives a bad one is as good without it.
  const retryMs = retryOf(retry || undefined);
  return { ...(event !== undefined && { event }), ...(retryMs !== undefined && { retry: retryMs }), text };
}

interface FlaskFields {
  readonly text: string;
  /** As it came: flask_sse leaves out what is empty, and so does its own stream. */
  readonly type?: unknown;
  readonly retry?: unknown;
}

/** Undefined where it is not what flask_sse publishes. `id` is left out: the log gives ids, or they were no cursors. */
function flaskFields(raw: string): FlaskFields | undefined {
  const value = parsed(raw);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'data')) return undefined;
  if (!Object.keys(value).every((name) => FIELDS.has(name))) return undefined;
  const { data, type, retry } = value as Record<string, unknown>;
  return { text: typeof data === 'string' ? data : asWritten(raw), type, retry };
}

function parsed(raw: string): unknown {
  // Most texts that are no JSON are told from it by this.
  if (!/^\s*\{/.test(raw)) return undefined;
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

/**
 * `data` as its publisher wrote it, in one line: flask_sse's own stream carries the same characters, and no number loses
 * digits. In JSON a line end can only stand between two tokens.
 */
function asWritten(raw: string): string {
  return (memberSources(raw).get('data') as string).replace(/[\r\n]+/g, ' ');
}

function isEvent(type: unknown): type is string {
  return typeof type === 'string' && nameFault(type) === undefined && !isReserved(type);
}
