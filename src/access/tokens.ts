// JSON Web Tokens (RFC 7519), checked by jose. The key and the algorithm are the settings' (RFC 8725, 3.1), never what a
// token says of itself.

import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { AccessConfig, TokenKey } from './access-config.ts';
import { EXPIRED, type Identity, identityOf, TokenRefused } from './identity.ts';
import { KeySet, KeysUnavailable } from './key-set.ts';

type Check = (token: string, options: JWTVerifyOptions) => Promise<{ readonly payload: JWTPayload }>;

export class Tokens {
  readonly #check: Check;
  readonly #options: JWTVerifyOptions;
  readonly #audience: string | undefined;
  readonly #maxTokenMs: number;

  /** @param stale as for `KeySet` */
  constructor(
    key: TokenKey,
    { issuer, audience, maxTokenMs }: Omit<AccessConfig, 'key'>,
    stale: (reason: string) => void,
  ) {
    this.#check = checkWith(key, stale);
    this.#options = {
      algorithms: [key.algorithm],
      requiredClaims: ['exp', 'sub'],
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
    this.#audience = audience;
    this.#maxTokenMs = maxTokenMs;
  }

  /**
   * Who a token was made for.
   * @throws TokenRefused, KeysUnavailable
   */
  async identity(token: string): Promise<Identity> {
    const payload = await this.#payload(token);
    // RFC 7519, 4.1.3: it is meant for somebody, and we do not know that we are that.
    if (payload.aud !== undefined && this.#audience === undefined)
      throw new TokenRefused('invalid', 'The token has an "aud", and AUTH_JWT_AUDIENCE says none.');
    return identityOf(payload, this.#maxTokenMs, Date.now());
  }

  async #payload(token: string): Promise<JWTPayload> {
    try {
      return (await this.#check(token, this.#options)).payload;
    } catch (error) {
      throw refusal(error);
    }
  }
}

function checkWith(key: TokenKey, stale: (reason: string) => void): Check {
  if (key.kind === 'fixed') return (token, options) => jwtVerify(token, key.key, options);
  const keys = new KeySet(key.url, stale);
  return (token, options) => jwtVerify(token, keys.key, options);
}

function refusal(error: unknown): Error {
  if (error instanceof KeysUnavailable) return error;
  if (error instanceof errors.JWTExpired) return new TokenRefused('expired', EXPIRED);
  if (error instanceof errors.JWTClaimValidationFailed)
    return new TokenRefused('invalid', `The token's "${error.claim}" is not as it must be: ${error.message}.`);
  // Signature, algorithm or form: who made it up learns no more than that.
  const broken = [
    errors.JWSInvalid,
    errors.JWTInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
  ];
  const unknown = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];
  if ([...broken, ...unknown].some((kind) => error instanceof kind))
    return new TokenRefused('invalid', 'The token is not one of ours: its form, algorithm or signature is wrong.');
  return new KeysUnavailable((error as Error).message, { cause: error });
}
