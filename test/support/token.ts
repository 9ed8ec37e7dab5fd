// Tokens as a login server would mint them, and wrong ones that it would not.

import { createSecretKey, type KeyObject } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import type { Environment } from '../../src/settings.ts';

const SECRET = 'the secret of all tests, which has more than 64 bytes so that it goes with every algorithm';

/** Of a replica that asks for tokens. */
export const ASKING: Environment = { AUTH_JWT_SECRET: SECRET };

export interface TokenOptions {
  readonly key?: KeyObject;
  readonly algorithm?: string;
  /** Seconds from now; undefined: none. */
  readonly issuedIn?: number | undefined;
  readonly expiresIn?: number | undefined;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** A token; what is not said is as it should be: for `ann`, issued now, for a minute, and for nothing. */
export function token(claims: JWTPayload = {}, options: TokenOptions = {}): Promise<string> {
  const { key = createSecretKey(SECRET, 'utf8'), algorithm = 'HS256', header = {} } = options;
  const { issuedIn, expiresIn } = { issuedIn: 0, expiresIn: 60, ...options };
  const now = Math.floor(Date.now() / 1_000);
  const jwt = new SignJWT({
    sub: 'ann',
    ...(issuedIn !== undefined && { iat: now + issuedIn }),
    ...(expiresIn !== undefined && { exp: now + expiresIn }),
    ...claims,
  });
  return jwt.setProtectedHeader({ alg: algorithm, ...header }).sign(key);
}

/** The header that carries a token. */
export async function bearer(claims?: JWTPayload, options?: TokenOptions): Promise<{ readonly Authorization: string }> {
  return { Authorization: `Bearer ${await token(claims, options)}` };
}

/** Who may do everything. */
export const ALL: JWTPayload = { publish: ['*'], subscribe: ['*'], kick: ['*'] };
