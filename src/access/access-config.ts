// Who may publish and listen, as the environment says: the key that tokens are checked with, and what is open to those
// who have none. Which algorithm signs is said here and never by a token (RFC 8725, 3.1).

import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { Settings } from '../settings.ts';

/** What tokens are checked with. */
export type TokenKey =
  | { readonly kind: 'fixed'; readonly key: KeyObject; readonly algorithm: string }
  | { readonly kind: 'jwks'; readonly url: URL; readonly algorithm: string };

/** To whom without a token something is open; `here`: because of the address alone, and so to no stranger's page. */
export type Openness = 'closed' | 'here' | 'everybody';

export interface AccessConfig {
  /** Undefined: nobody has a token, and what is not open to everybody is open to nobody. */
  readonly key: TokenKey | undefined;
  /** What `iss` and `aud` must be, where they are set. */
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** A token may live so much longer at most; so long kicks are remembered. */
  readonly maxTokenMs: number;
  /** What who has no token may do, on every channel. */
  readonly anonymous: { readonly publish: Openness; readonly subscribe: Openness };
  /** Origins whose pages may use this server, with cookies. */
  readonly corsOrigins: readonly string[];
}

const KEYS = ['AUTH_JWT_SECRET', 'AUTH_JWT_PUBLIC_KEY', 'AUTH_JWKS_URL'] as const;
const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[?::1\]?)$/i;
const DAY_MS = 86_400_000;

// RFC 7518, 3.2: a key as long as the hash, or the secret can be guessed from one token.
const SECRET_BYTES: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };
const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

/** @param host where the server listens */
export function readAccess(settings: Settings, host: string): AccessConfig {
  const text = (name: string) => settings.read<string | undefined>(name, undefined, 'a text', (value) => value);
  return {
    key: tokenKey(settings),
    issuer: text('AUTH_JWT_ISSUER'),
    audience: text('AUTH_JWT_AUDIENCE'),
    maxTokenMs: settings.integer('AUTH_MAX_TOKEN_MS', 31 * DAY_MS, 1_000, 366 * DAY_MS),
    anonymous: anonymous(settings, host),
    corsOrigins: settings.read(
      'CORS_ORIGINS',
      [],
      'origins such as https://example.org, separated by commas, without * and without a path',
      origins,
    ),
  };
}

/** Open by default only where nobody else can come: no key, and an address of this machine alone. */
function anonymous(settings: Settings, host: string): AccessConfig['anonymous'] {
  const wanted = 'host names or addresses, separated by commas';
  const addresses = settings.words('PUBLISHED_ADDRESS', host, /^[\w.:[\]-]+(,[\w.:[\]-]+)*$/, wanted).split(',');
  const publish = settings.flag('ANONYMOUS_PUBLISH', undefined);
  const subscribe = settings.flag('ANONYMOUS_SUBSCRIBE', undefined);
  const open = !KEYS.some((name) => settings.has(name)) && addresses.every((each) => LOOPBACK.test(each));
  const said = publish !== undefined || subscribe !== undefined || KEYS.some((name) => settings.has(name));
  if (!open && !said) {
    settings.problems.push(
      `at the address ${addresses.join(' or ')} others can reach this server, and nothing says who may use it: ` +
        'set AUTH_JWT_SECRET, AUTH_JWT_PUBLIC_KEY or AUTH_JWKS_URL, or ANONYMOUS_SUBSCRIBE and ANONYMOUS_PUBLISH to true ' +
        'to leave it open to everybody',
    );
  }
  return { publish: openness(publish, open), subscribe: openness(subscribe, open) };
}

function openness(wanted: boolean | undefined, open: boolean): Openness {
  if (wanted === undefined) return open ? 'here' : 'closed';
  return wanted ? 'everybody' : 'closed';
}

function tokenKey(settings: Settings): TokenKey | undefined {
  const named = KEYS.filter((name) => settings.has(name));
  if (named.length > 1) settings.problems.push(`${named.join(' and ')} are set: tokens have one key, unset the others`);
  const algorithm = settings.words('AUTH_JWT_ALGORITHM', '', /^[A-Za-z0-9]+$/, 'the name of a JWS algorithm');
  switch (named[0]) {
    case 'AUTH_JWT_SECRET':
      return secretKey(settings, algorithm || 'HS256');
    case 'AUTH_JWT_PUBLIC_KEY':
      return publicKey(settings, algorithm);
    case 'AUTH_JWKS_URL':
      return keySet(settings, algorithm || 'RS256');
    default:
      if (algorithm !== '') settings.problems.push(`AUTH_JWT_ALGORITHM is set, and no key: set ${KEYS.join(' or ')}`);
      return undefined;
  }
}

function secretKey(settings: Settings, algorithm: string): TokenKey | undefined {
  const bytes = SECRET_BYTES[algorithm];
  if (bytes === undefined) return unfit(settings, algorithm, 'a secret', Object.keys(SECRET_BYTES));
  const wanted = `at least ${bytes} bytes long, such as from: openssl rand -base64 ${bytes}`;
  const key = settings.secret('AUTH_JWT_SECRET', wanted, (text) =>
    Buffer.byteLength(text) >= bytes ? createSecretKey(text, 'utf8') : undefined,
  );
  return key && { kind: 'fixed', key, algorithm };
}

function publicKey(settings: Settings, asked: string): TokenKey | undefined {
  const wanted = 'a public key in PEM, which begins -----BEGIN PUBLIC KEY-----; \\n may stand for its line ends';
  const key = settings.secret('AUTH_JWT_PUBLIC_KEY', wanted, pem);
  if (key === undefined) return undefined;
  const fit = algorithmsOf(key);
  const algorithm = asked || (fit[0] ?? 'any');
  return fit.includes(algorithm) ? { kind: 'fixed', key, algorithm } : unfit(settings, algorithm, 'this key', fit);
}

function pem(text: string): KeyObject | undefined {
  try {
    // A private key would do too, and has no place here.
    return text.includes('PRIVATE') ? undefined : createPublicKey(text.replaceAll('\\n', '\n'));
  } catch {
    return undefined;
  }
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly string[] {
  if (asymmetricKeyType === 'rsa') return RSA;
  if (asymmetricKeyType === 'ed25519') return ['EdDSA'];
  const curve = CURVES[asymmetricKeyDetails?.namedCurve ?? ''];
  return curve === undefined ? [] : [curve];
}

function keySet(settings: Settings, algorithm: string): TokenKey | undefined {
  const fit = [...RSA, ...Object.values(CURVES), 'EdDSA'];
  if (!fit.includes(algorithm)) return unfit(settings, algorithm, 'a key set', fit);
  const url = settings.read<URL | undefined>('AUTH_JWKS_URL', undefined, 'an http(s) URL', (text) => {
    const parsed = URL.parse(text);
    return parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed : undefined;
  });
  return url && { kind: 'jwks', url, algorithm };
}

function unfit(settings: Settings, algorithm: string, key: string, fit: readonly string[]): undefined {
  const wanted = fit.length > 0 ? `set it to ${fit.join(', ')}` : 'use an RSA, EC or Ed25519 key';
  settings.problems.push(`AUTH_JWT_ALGORITHM ${algorithm} does not go with ${key}: ${wanted}`);
  return undefined;
}

/** Origins as browsers send them (RFC 6454, 6.2), which is what they are compared with. */
function origins(text: string): readonly string[] | undefined {
  const listed = text.split(',').map((each) => each.trim());
  return listed.every((each) => /^https?:/.test(each) && URL.parse(each)?.origin === each) ? listed : undefined;
}
