// How tokens are put together by hand, with whatever stands in them: a library would not write most of these.

import type { Lock, Signer } from './locks.ts';

/** What is wrong, and one such token; each time another, where there are many. */
export type Forgery = readonly [what: string, token: (random: () => number) => string];

export type Fields = Readonly<Record<string, unknown>>;

export const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64url');

const json = (value: Fields | string): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A token of these parts; a text stands for JSON as it is. */
export function compact(header: Fields | string, claims: Fields | string, signer: Signer): string {
  const input = `${base64(json(header))}.${base64(json(claims))}`;
  return `${input}.${base64(signer(input))}`;
}

export const seconds = (): number => Math.floor(Date.now() / 1_000);

/** All that a token can allow, for an hour. */
export function everything(): Fields {
  return { ...somebody('ann'), publish: ['*'], subscribe: ['*'], kick: ['*'] };
}

/** Who is known, and may do nothing. */
export function somebody(sub: string): Fields {
  const now = seconds();
  return { sub, iss: 'https://login.example', aud: 'fanfare', iat: now, exp: now + 3_600 };
}

/** Signed as it should be. */
export function signed({ algorithm, header, genuine }: Lock, claims: Fields | string, more: Fields = {}): string {
  return compact({ alg: algorithm, ...header, ...more }, claims, genuine);
}
