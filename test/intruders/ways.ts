// The ways in which a token is shown, the ones that are meant and those that somebody might hope for.

import { pick } from '../faults/random.ts';
import { type Asked, withHeaders, withQuery } from './requests.ts';
import { base64 } from './tokens.ts';

type Way = readonly [what: string, show: (asked: Asked, token: string, random: () => number) => Asked];

const COOKIE = 'fanfare_token';

/** Ways that a good token gets in by. */
export const MEANT: readonly Way[] = [
  ['as a bearer', (asked, token) => withHeaders(asked, `Authorization: Bearer ${token}`)],
  ['as a bearer in capitals', (asked, token) => withHeaders(asked, `AUTHORIZATION: BEARER   ${token}`)],
  ['in the cookie', (asked, token) => withHeaders(asked, `Cookie: ${COOKIE}=${token}`)],
  ['in a cookie among others', (asked, token) => withHeaders(asked, `Cookie: a=b; ${COOKIE}=${token}; c=d`)],
];

/** Ways that a forged token might hope for beside them. */
export const DOUBLE: readonly Way[] = [
  [
    'in two headers',
    (asked, token) => withHeaders(asked, `Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`),
  ],
  [
    'in the header and the cookie',
    (asked, token) => withHeaders(asked, `Authorization: Bearer ${token}`, `Cookie: ${COOKIE}=${token}`),
  ],
  ['in two cookies', (asked, token) => withHeaders(asked, `Cookie: ${COOKIE}=x; ${COOKIE}=${token}`)],
  ['in quotes', (asked, token) => withHeaders(asked, `Cookie: ${COOKIE}="${token}"`)],
  ['as a ticket', (asked, token) => withQuery(asked, `ticket=${encodeURIComponent(token)}`)],
];

const schemes = ['Basic', 'Digest', 'Token', 'JWT', 'Negotiate', 'Bearer:', 'Bearer,', 'Bearer\t', 'OAuth', ''];
const names = [
  'X-Authorization',
  'Proxy-Authorization',
  'Authentication',
  'X-Access-Token',
  'X-Forwarded-Authorization',
  'Sec-WebSocket-Protocol',
  'Authorization-',
];
const parameters = [
  'access_token',
  'token',
  'jwt',
  'authorization',
  'Authorization',
  'bearer',
  COOKIE,
  'ticket',
  'id_token',
  'auth',
];
const cookies = [
  'Fanfare_Token',
  'fanfare-token',
  'fanfare_token_',
  '__Host-fanfare_token',
  'fanfare_token[0]',
  'token',
  'ticket',
  'session',
];

/** Ways that not even a good token gets in by. */
export const CLOSED: readonly Way[] = [
  [
    'by another scheme',
    (asked, token, random) => withHeaders(asked, `Authorization: ${pick(random, schemes)} ${token}`),
  ],
  [
    'as a password',
    (asked, token) => withHeaders(asked, `Authorization: Basic ${Buffer.from(`ann:${token}`).toString('base64')}`),
  ],
  ['in another header', (asked, token, random) => withHeaders(asked, `${pick(random, names)}: Bearer ${token}`)],
  ['in the URL', (asked, token, random) => withQuery(asked, `${pick(random, parameters)}=${token}`)],
  [
    'in the URL as a bearer',
    (asked, token, random) => withQuery(asked, `${pick(random, parameters)}=Bearer%20${token}`),
  ],
  ['in another cookie', (asked, token, random) => withHeaders(asked, `Cookie: ${pick(random, cookies)}=${token}`)],
  ['encoded once more', (asked, token) => withHeaders(asked, `Authorization: Bearer ${base64(token)}`)],
  ['in a list', (asked, token) => withHeaders(asked, `Authorization: Bearer x, Bearer ${token}`)],
  ['behind another', (asked, token) => withHeaders(asked, 'Authorization: Bearer x', `Authorization: Bearer ${token}`)],
  [
    'behind a header that is none',
    (asked, token) => withHeaders(asked, 'Authorization: x', `Cookie: ${COOKIE}=${token}`),
  ],
  [
    'in a cookie behind a header',
    (asked, token) => withHeaders(asked, 'Authorization: Bearer x', `Cookie: ${COOKIE}=${token}`),
  ],
  ['in a second cookie', (asked, token) => withHeaders(asked, `Cookie: ${COOKIE}=x; ${COOKIE}=${token}`)],
  [
    'in parts',
    (asked, token) =>
      withHeaders(asked, `Authorization: Bearer ${token.slice(0, 40)}`, `Authorization: ${token.slice(40)}`),
  ],
  [
    'with a space in it',
    (asked, token) => withHeaders(asked, `Authorization: Bearer ${token.slice(0, 40)} ${token.slice(40)}`),
  ],
  ['with something behind it', (asked, token) => withHeaders(asked, `Authorization: Bearer ${token} x`)],
  ['without a space', (asked, token) => withHeaders(asked, `Authorization: Bearer${token}`)],
];

const FOREIGN: readonly (readonly string[])[] = [
  ['Origin: https://evil.example'],
  ['Origin: null'],
  ['Origin: http://test.evil.example'],
  ['Origin: http://test:8080'],
  ['Origin: http://test', 'Sec-Fetch-Site: cross-site'],
  ['Sec-Fetch-Site: same-site'],
  ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate'],
  ['Sec-Fetch-Site: none, cross-site'],
  ['Origin: file://', 'X-Forwarded-Host: test'],
];

/** With the cookie of a user who does not know of it. */
export function foreign(asked: Asked, token: string, random: () => number): Asked {
  return withHeaders(asked, `Cookie: ${COOKIE}=${token}`, ...pick(random, FOREIGN));
}
