// What an accepted publish must have meant, found out by other means than the server's: the platform's own parsers.

import type { Post } from './publish-arbitraries.ts';

export interface Meant {
  readonly channels: readonly string[];
  readonly event: string;
  /** Whether a reader that has seen `data` has seen this message. */
  readonly isData: (data: string) => boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** The messages of a body that was accepted, in order. */
export function meantBy({ body, headers }: Post): readonly Meant[] {
  if (/^\s*application\/json/i.test(headers['Content-Type'] ?? '')) {
    const content = JSON.parse(utf8(body)) as Fields | readonly Fields[];
    return (Array.isArray(content) ? content : [content]).map(messageOf);
  }
  const pairs = Buffer.from(body).toString('latin1').split('&').filter(Boolean).map(decodePair);
  const all = (name: string) => pairs.filter(([each]) => each === name).map(([, said]) => said);
  const channel = all('channel');
  return [messageOf({ message: all('message')[0], event: all('event')[0], ...(channel.length > 0 && { channel }) })];
}

/** A name and its value as WHATWG URL has them (5.1), but that bytes which are no UTF-8 are an error. */
function decodePair(pair: string): readonly [string, string] {
  const end = pair.indexOf('=');
  const decode = (part: string) => {
    const bytes = part.replaceAll('+', ' ').replace(/%([\da-f]{2})/gi, (_all, hex: string) => byte(hex));
    return utf8(Buffer.from(bytes, 'latin1'));
  };
  return end < 0 ? [decode(pair), ''] : [decode(pair.slice(0, end)), decode(pair.slice(end + 1))];
}

function byte(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** The name under which a repetition is recognized. */
export function keyOf({ headers }: Post): string | undefined {
  const key = trimmed(headers['Idempotency-Key']);
  if (key !== undefined) return `client ${key}`;
  const id = trimmed(headers['X-Request-Id']);
  return id !== undefined && /^[\x21-\x7e]{1,255}$/.test(id) ? `request ${id}` : undefined;
}

function messageOf({ message, channel = 'messages', event = 'message' }: Fields): Meant {
  const isData =
    typeof message === 'string'
      ? (data: string) => data === message.replace(/\r\n?/g, '\n')
      : (data: string) => data === JSON.stringify(message) || sameValue(data, message);
  return { channels: [channel].flat().map(String), event: String(event), isData };
}

/** Numbers stay as they were written, and are compared by what they are worth. */
function sameValue(data: string, value: unknown): boolean {
  return JSON.stringify(JSON.parse(data)) === JSON.stringify(value);
}

/** As HTTP has it, whatever else is white. */
function trimmed(header: string | undefined): string | undefined {
  return header?.replace(/^[ \t]+|[ \t]+$/g, '');
}
