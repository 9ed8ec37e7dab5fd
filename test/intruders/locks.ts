// Replicas that ask for tokens, each with another kind of key, and what a stranger can know of that key: the public half,
// in all the forms in which it is handed around.

import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import type { Environment } from '../../src/settings.ts';

/** What signs the first two parts of a token. */
export type Signer = (input: string) => Buffer;

export interface Lock {
  readonly name: string;
  /** What the settings say, and what tokens have to be signed with. */
  readonly algorithm: string;
  readonly env: Environment;
  /** Of the header of a good token, beside the algorithm. */
  readonly header: Readonly<Record<string, unknown>>;
  readonly genuine: Signer;
  /** Keys that the replica trusts, under algorithms that its settings do not name. */
  readonly misused: readonly (readonly [algorithm: string, signer: Signer])[];
  /** What everybody may know of the key. */
  readonly known: readonly (string | Buffer)[];
}

export const hmac =
  (hash: string, secret: string | Buffer): Signer =>
  (input) =>
    createHmac(hash, secret).update(input).digest();

export const rsa =
  (hash: string, key: KeyObject, padding = constants.RSA_PKCS1_PADDING): Signer =>
  (input) =>
    sign(hash, Buffer.from(input), {
      key,
      padding,
      ...(padding === constants.RSA_PKCS1_PSS_PADDING && { saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
    });

export const ecdsa =
  (hash: string, key: KeyObject, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Signer =>
  (input) =>
    sign(hash, Buffer.from(input), { key, dsaEncoding });

const ISSUED: Environment = { AUTH_JWT_ISSUER: 'https://login.example', AUTH_JWT_AUDIENCE: 'fanfare' };

export function secretLock(): Lock {
  const secret = randomBytes(64).toString('base64');
  return {
    name: 'a secret',
    algorithm: 'HS256',
    env: { ...ISSUED, AUTH_JWT_SECRET: secret },
    header: {},
    genuine: hmac('sha256', secret),
    misused: [
      ['HS384', hmac('sha384', secret)],
      ['HS512', hmac('sha512', secret)],
      ['RS256', hmac('sha256', secret)],
      ['none', hmac('sha256', secret)],
    ],
    // Not the secret, but what people believe to be one.
    known: [...['', '\0', 'secret', 'AUTH_JWT_SECRET', 'HS256'], Buffer.alloc(32), Buffer.alloc(64)],
  };
}

export function rsaLock(): Lock {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return {
    name: 'an RSA key',
    algorithm: 'RS256',
    env: { ...ISSUED, AUTH_JWT_PUBLIC_KEY: String(publicKey.export({ type: 'spki', format: 'pem' })) },
    header: {},
    genuine: rsa('sha256', privateKey),
    misused: rsaMisuses(privateKey),
    known: [...formsOf(publicKey), publicKey.export({ type: 'pkcs1', format: 'der' })],
  };
}

export function curveLock(): Lock {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    name: 'an elliptic curve',
    algorithm: 'ES256',
    env: { ...ISSUED, AUTH_JWT_PUBLIC_KEY: String(publicKey.export({ type: 'spki', format: 'pem' })) },
    header: {},
    genuine: ecdsa('sha256', privateKey),
    misused: [
      ['ES384', ecdsa('sha384', privateKey)],
      ['ES256K', ecdsa('sha256', privateKey)],
      ['ES256', ecdsa('sha256', privateKey, 'der')],
      // Zeros satisfy the equation of a verifier that does not look at their range.
      ['ES256', () => Buffer.alloc(64)],
    ],
    known: formsOf(publicKey),
  };
}

/** @param url where `keySet` will be */
export function keySetLock(url: string): Lock & { readonly keySet: object } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keySet = {
    keys: [
      { ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' },
      { ...curve.publicKey.export({ format: 'jwk' }), kid: 'two', use: 'sig', alg: 'ES256' },
    ],
  };
  return {
    name: 'a key set',
    algorithm: 'RS256',
    env: { ...ISSUED, AUTH_JWKS_URL: url },
    header: { kid: 'one' },
    genuine: rsa('sha256', privateKey),
    misused: [...rsaMisuses(privateKey), ['ES256', ecdsa('sha256', curve.privateKey)]],
    known: [...formsOf(publicKey), ...formsOf(curve.publicKey), JSON.stringify(keySet)],
    keySet,
  };
}

function rsaMisuses(key: KeyObject): Lock['misused'] {
  return [
    ['RS384', rsa('sha384', key)],
    ['RS512', rsa('sha512', key)],
    ['PS256', rsa('sha256', key, constants.RSA_PKCS1_PSS_PADDING)],
    ['RS256', rsa('sha256', key, constants.RSA_PKCS1_PSS_PADDING)],
  ];
}

function formsOf(key: KeyObject): readonly (string | Buffer)[] {
  const pem = String(key.export({ type: 'spki', format: 'pem' }));
  const der = key.export({ type: 'spki', format: 'der' });
  const jwk = JSON.stringify(createPublicKey(pem).export({ format: 'jwk' }));
  const texts = [pem, pem.trimEnd(), pem.replaceAll('\n', '\r\n'), pem.replaceAll('\n', '\\n'), `${pem}\n`, jwk];
  return [...texts, pem.split('\n').slice(1, -2).join(''), der, der.toString('base64url')];
}
