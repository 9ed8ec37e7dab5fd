// Requests as no client library writes them, byte by byte. Each is a whole row of a table: what it is, its bytes, and with
// which statuses nginx and a replica answer it and the harmless request behind it.

/**
 * Statuses are those of all answers, in order. `marker` is sent behind the row's own bytes and answered 404; where that is
 * missing, the connection has ended before it. `cut`: the client ends its side, and no marker follows.
 */
export interface WireRow {
  readonly what: string;
  readonly raw: string;
  readonly atNginx: readonly number[];
  readonly atReplica: readonly number[];
  readonly ending: 'cut' | 'marker';
}

/** `atReplica` is as `atNginx` where it is left out. */
export type Told = readonly [what: string, raw: string, atNginx: readonly number[], atReplica?: readonly number[]];

export function rows(told: readonly Told[], ending: WireRow['ending'] = 'marker'): readonly WireRow[] {
  return told.map(([what, raw, atNginx, atReplica = atNginx]) => ({ what, raw, atNginx, atReplica, ending }));
}

export const MARKER = 'GET /marker HTTP/1.1\r\nHost: wire\r\nConnection: close\r\n\r\n';

const TYPE = 'Content-Type: application/x-www-form-urlencoded\r\n';
export const BODY = 'message=m';
export const LENGTH = 'Content-Length: 9\r\n';
export const CHUNKED = 'Transfer-Encoding: chunked\r\n';
export const CHUNKS = `9\r\n${BODY}\r\n0\r\n\r\n`;

/** @param headers each with its end */
export function post(headers: string, body: string, version = '1.1'): string {
  return `POST /send HTTP/${version}\r\nHost: wire\r\n${TYPE}${headers}\r\n${body}`;
}

/** What is to be smuggled in: a publish that nobody may ever see. */
export const INNER = post('Content-Length: 16\r\n', 'message=smuggled');
export const INNER_CHUNK = `${INNER.length.toString(16)}\r\n${INNER}\r\n`;
