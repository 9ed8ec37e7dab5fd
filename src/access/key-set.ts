// The public keys of a login server, as jose loads them: anew when they are old, and for a key that is not among them. While
// they cannot be loaded, the last ones go on counting: an outage of that server must not put out who has a good token.

import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** The keys could not be had, so nobody can say whether a token is good. */
export class KeysUnavailable extends Error {}

// As jose waits before it looks again for a key that is not there.
const RETRY_MS = 30_000;
// What is wrong with the token, and not with the set.
const UNFIT = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/** The last keys, while others cannot be loaded. */
interface Held {
  readonly key: JWTVerifyGetKey;
  readonly fault: KeysUnavailable;
}

export class KeySet {
  readonly #remote: ReturnType<typeof createRemoteJWKSet>;
  readonly #stale: (reason: string) => void;
  #held: Held | undefined;
  #retryAt = 0;

  /** @param stale told why the keys cannot be loaded anew, once until they can */
  constructor(url: URL, stale: (reason: string) => void) {
    this.#remote = createRemoteJWKSet(url);
    this.#stale = stale;
  }

  /** @throws KeysUnavailable, or jose's errors for a token that fits no key */
  readonly key: JWTVerifyGetKey = async (header, token) => {
    if (this.#held !== undefined) {
      this.#retry();
      return keyOf(this.#held, header, token);
    }
    try {
      return await this.#remote(header, token);
    } catch (error) {
      if (UNFIT.some((kind) => error instanceof kind)) throw error;
      return keyOf(this.#hold(new KeysUnavailable((error as Error).message, { cause: error })), header, token);
    }
  };

  /** @throws KeysUnavailable where there are none yet */
  #hold(fault: KeysUnavailable): Held {
    // Of many that have waited for it, one tells.
    if (this.#held !== undefined) return this.#held;
    const last = this.#remote.jwks();
    if (last === undefined) throw fault;
    this.#held = { key: createLocalJWKSet(last), fault };
    this.#retryAt = performance.now() + RETRY_MS;
    this.#stale(fault.message);
    return this.#held;
  }

  /** Behind everybody's back, since a server that is away may take seconds to say so. */
  #retry(): void {
    if (performance.now() < this.#retryAt) return;
    this.#retryAt = performance.now() + RETRY_MS;
    void this.#remote.reload().then(
      () => {
        this.#held = undefined;
      },
      // That they cannot be loaded has been told.
      () => undefined,
    );
  }
}

async function keyOf(
  { key, fault }: Held,
  ...asked: Parameters<JWTVerifyGetKey>
): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
  try {
    return await key(...asked);
  } catch (error) {
    // It may be a new one.
    throw error instanceof errors.JWKSNoMatchingKey ? fault : error;
  }
}
