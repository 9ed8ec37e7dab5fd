// Tokens that hope for a reader who takes their word: for the algorithm, for where their key is, for what has to be
// understood.

import { createCipheriv, generateKeyPairSync, randomBytes } from 'node:crypto';
import { pick } from '../faults/random.ts';
import { ecdsa, hmac, type Lock, rsa, type Signer } from './locks.ts';
import { base64, compact, everything, type Forgery, signed } from './tokens.ts';

const KEY_IDS = [
  '../../../../dev/null',
  '/dev/null',
  'file:///dev/null',
  "' UNION SELECT '' -- ",
  '| cat /etc/passwd',
  '__proto__',
  'constructor',
  '',
  0,
  null,
  {},
  ['one'],
  'x'.repeat(5_000),
];
const nothing: Signer = () => Buffer.alloc(0);

// What is signed with strangers' keys, which takes its time, is made once.
const STRANGER = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const STRANGER_CURVE = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const STRANGERS: Readonly<Record<string, Signer>> = {
  HS256: hmac('sha256', randomBytes(64)),
  RS256: rsa('sha256', STRANGER.privateKey),
  ES256: ecdsa('sha256', STRANGER_CURVE.privateKey),
};

/** Signed with what everybody knows, or with the right key in the wrong way. */
export function confused({ algorithm, header, known, misused }: Lock): readonly Forgery[] {
  return [
    ...(['sha256', 'sha384', 'sha512'] as const).map((hash): Forgery => {
      const alg = hash.replace('sha', 'HS');
      return [
        `in ${alg} with the public key as secret`,
        (random) => compact({ ...header, alg }, everything(), hmac(hash, pick(random, known))),
      ];
    }),
    ...misused.map(([alg, signer]): Forgery => {
      const made = compact({ ...header, alg }, everything(), signer);
      return [`in ${alg} with the key for ${algorithm}`, () => made];
    }),
    ...Object.entries(STRANGERS).map(([alg, signer]): Forgery => {
      const made = compact({ ...header, alg }, everything(), signer);
      return [`in ${alg} with a stranger's key`, () => made];
    }),
  ];
}

/** That say where their key is, or what is to be understood. */
export function pointing(lock: Lock, trap: string): readonly Forgery[] {
  const stranger = STRANGERS[lock.algorithm] as Signer;
  const key = (lock.algorithm === 'ES256' ? STRANGER_CURVE : STRANGER).publicKey.export({ format: 'jwk' });
  const pointed = (what: string, more: object): Forgery => {
    const made = compact({ alg: lock.algorithm, ...lock.header, ...more }, everything(), stranger);
    return [what, () => made];
  };
  return [
    pointed('that brings its key', { jwk: key }),
    pointed('that says where its key set is', { jku: `${trap}/keys` }),
    pointed('that says where its certificate is', { x5u: `${trap}/certificate` }),
    pointed('that brings a certificate', { x5c: ['MIIB'], x5t: 'AAAA' }),
    [
      'that names a key in a strange way',
      (random) =>
        compact(
          { alg: lock.algorithm, kid: pick(random, KEY_IDS) },
          everything(),
          random() < 0.5 ? hmac('sha256', '') : nothing,
        ),
    ],
    ['that wants something understood', () => signed(lock, everything(), { crit: ['exp'], exp: 1 })],
    ['that wants an extension understood', () => signed(lock, everything(), { crit: ['x'], x: 1 })],
    ['that wants nothing understood', () => signed(lock, everything(), { crit: [] })],
    ['that is not encoded', () => signed(lock, everything(), { crit: ['b64'], b64: false })],
  ];
}

export function encrypted(): readonly Forgery[] {
  return [
    ['that is encrypted', () => sealed({ alg: 'dir', enc: 'A256GCM' }, '')],
    ['that is encrypted to the key', () => sealed({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' }, 'AAAA')],
  ];
}

function sealed(header: object, wrappedKey: string): string {
  const head = base64(JSON.stringify(header));
  const [iv, key] = [randomBytes(12), randomBytes(32)];
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(head));
  const text = Buffer.concat([cipher.update(JSON.stringify(everything())), cipher.final()]);
  return [head, wrappedKey, base64(iv), base64(text), base64(cipher.getAuthTag())].join('.');
}
