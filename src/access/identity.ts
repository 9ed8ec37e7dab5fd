// Who somebody is and what they may do, as a token says it. Pure: claims in, identity or the reason for a refusal out.

import type { Hearing } from '../channel-list.ts';
import { nameFault, quote } from '../message.ts';
import { covers, nextCovered, type Patterns } from './patterns.ts';

export interface Identity {
  readonly subject: string;
  /** Channels. */
  readonly publish: Patterns;
  readonly subscribe: Patterns;
  /** Subjects whose streams may be ended. */
  readonly kick: Patterns;
  /** Milliseconds since 1970; undefined where the token does not say. */
  readonly issuedAt: number | undefined;
  readonly expiresAt: number;
}

/** Why nobody is let in with what they showed. */
export type RefusedReason = 'missing' | 'invalid' | 'expired' | 'kicked' | 'forbidden' | 'origin';

/** A token that is not taken. The message says what to change. */
export class TokenRefused extends Error {
  readonly reason: 'invalid' | 'expired' | 'kicked';

  constructor(reason: TokenRefused['reason'], detail: string) {
    super(detail);
    this.reason = reason;
  }
}

export const EXPIRED = 'The token has expired: get a new one.';

/**
 * How far the clock of who mints tokens may be ahead of ours and of the bus's. A kick reaches as far ahead (A6), and so
 * shuts out for as long who gets a new token right after it: clocks that are kept agree within much less.
 */
export const CLOCK_SKEW_MS = 5_000;

const TOO_NEW =
  'The token\'s "iat" is in the future: it must be in seconds since 1970, and the clock that it comes from be right.';

/** The claims of RFC 7519 that are used, as a library has checked them, and ours. */
export type Claims = Readonly<Record<string, unknown>> & {
  readonly sub?: string | undefined;
  readonly exp?: number | undefined;
  readonly iat?: number | undefined;
};

/** Whether somebody who may listen at all may listen to this channel; who has no token, to every one. */
export function mayHear(identity: Identity | undefined, channel: string): boolean {
  return identity === undefined || covers(identity.subscribe, channel);
}

/** What somebody who may listen at all may hear. */
export function hearing(identity: Identity | undefined): Hearing {
  return {
    may: (channel) => mayHear(identity, channel),
    next: (channel) => (identity === undefined ? undefined : nextCovered(identity.subscribe, channel)),
  };
}

/**
 * The identity that a token's claims give.
 * @param maxTokenMs how long it may live, and how far away its end may be where it does not say when it was issued: kicks
 *   are not remembered for longer
 * @throws TokenRefused
 */
export function identityOf(claims: Claims, maxTokenMs: number, now: number): Identity {
  const { sub: subject, exp, iat } = claims;
  const fault = typeof subject === 'string' ? nameFault(subject) : 'it is missing';
  if (fault !== undefined) throw new TokenRefused('invalid', `The token's "sub" cannot be used: ${fault}.`);
  const expiresAt = Number(exp) * 1_000;
  const issuedAt = iat === undefined ? undefined : iat * 1_000;
  // No kick would reach it.
  if ((issuedAt ?? 0) > now + CLOCK_SKEW_MS) throw new TokenRefused('invalid', TOO_NEW);
  if (expiresAt - Math.min(now, issuedAt ?? now) > maxTokenMs) {
    const most = `${Math.floor(maxTokenMs / 1_000)} s away, or behind its "iat"`;
    throw new TokenRefused('invalid', `The token's "exp" is more than ${most}: ask for one that ends earlier.`);
  }
  return {
    subject: subject as string,
    publish: patterns(claims, 'publish'),
    subscribe: patterns(claims, 'subscribe'),
    kick: patterns(claims, 'kick'),
    issuedAt,
    expiresAt,
  };
}

function patterns(claims: Claims, claim: string): Patterns {
  const value = claims[claim] ?? [];
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw new TokenRefused(
    'invalid',
    `The token's "${claim}" must be a list of names such as ["news","user-*"], not ${quote(value)}.`,
  );
}
