// Whether a request that a browser sends by itself, with its cookies or to who asks for none, was made by a page of
// somebody else (cross-site request forgery). The order of the questions is that of Go's http.CrossOriginProtection.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

const SAFE_METHODS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether it may change something (RFC 9110, 9.2.1), and is not made by who may: as for `isForeign`. */
export function isForgery(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  trusted: readonly string[],
): boolean {
  return !SAFE_METHODS.has(method) && isForeign(headers, trusted);
}

/** @param trusted origins whose pages may act for the user */
export function isForeign(headers: IncomingHttpHeaders, trusted: readonly string[]): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined && trusted.includes(origin)) return false;
  // Fetch Metadata: the browser's own word, which no script can set.
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  // Neither header: no browser of the last years, so nobody whose cookies are sent without asking.
  if (origin === undefined) return false;
  return URL.parse(origin)?.host !== host;
}
