// What is open by its address alone, without a word of the operator, is open to this machine's users and programs, and to
// no page that a browser on it shows: such a page may send what it likes (cross-site request forgery), and reads the
// answers too where its own name leads here (DNS rebinding).

import type { IncomingMessage } from 'node:http';
import { quote } from '../message.ts';
import { isForgery } from './foreign-origin.ts';

// What no stranger can make lead here: addresses, which are what they are; names of this machine; and names without a dot,
// which nobody can register and services of one network have for each other.
const OURS = /^(?:[\w-]+|(?:[\w-]+\.)+localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])?$/i;

/**
 * Why this is not done for who has no token; undefined: it is.
 * @param trusted origins whose pages may use this server
 */
export function whyNotHere(
  request: Pick<IncomingMessage, 'method' | 'headers'>,
  act: 'publish' | 'subscribe',
  trusted: readonly string[],
): string | undefined {
  const host = (request.headers.host ?? '').replace(/:\d*$/, '');
  const toAll = `ANONYMOUS_${act.toUpperCase()}=true to open it to whoever reaches this server`;
  if (!OURS.test(host) && !trusted.some((origin) => URL.parse(origin)?.hostname === host.toLowerCase())) {
    const asked = `This server is open to its own machine alone, and was asked for as ${quote(host)}`;
    return `${asked}: come as localhost, name the origin in CORS_ORIGINS, or set ${toAll}.`;
  }
  if (!isForgery(request, trusted)) return undefined;
  return `A page of another origin sent this: name that origin in CORS_ORIGINS, or set ${toAll}.`;
}
