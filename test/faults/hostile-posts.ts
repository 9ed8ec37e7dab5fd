// Bodies as a hostile publisher writes them, byte by byte where need be.

/** What is posted to `/send`. */
export interface Posted {
  readonly body: string | Uint8Array;
  readonly headers: Record<string, string>;
}

export function form(body: string | Uint8Array, headers: Record<string, string> = {}): Posted {
  return { body, headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers } };
}

export function json(body: string | Uint8Array, headers: Record<string, string> = {}): Posted {
  return { body, headers: { 'Content-Type': 'application/json', ...headers } };
}

/** Each character is one byte. */
export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
