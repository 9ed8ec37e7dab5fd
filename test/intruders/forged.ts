// Tokens that somebody without the key makes up, or makes of others': none is good for anything, whatever it says.

import { pick } from '../faults/random.ts';
import type { Lock, Signer } from './locks.ts';
import { confused, encrypted, pointing } from './misled.ts';
import { base64, compact, everything, type Forgery, signed } from './tokens.ts';

const NONES = [
  'none',
  'None',
  'NONE',
  'nOnE',
  'noNe',
  ' none',
  'none ',
  'none\0',
  'ｎｏｎｅ',
  '',
  null,
  0,
  false,
  ['none'],
];
const nothing: Signer = () => Buffer.alloc(0);

/**
 * All kinds of forgeries.
 * @param trap a URL that nobody may ever ask
 */
export function forgeries(lock: Lock, trap: string): readonly Forgery[] {
  return [
    ...altered(lock),
    ...unsigned(lock),
    ...confused(lock),
    ...pointing(lock, trap),
    ...others(lock),
    ...encrypted(),
  ];
}

/** Good tokens, changed afterwards. */
function altered(lock: Lock): readonly Forgery[] {
  const good = signed(lock, everything());
  const other = signed(lock, { ...everything(), sub: 'ben' });
  const [header = '', claims = '', signature = ''] = good.split('.');
  return [
    ['cut off', (random) => good.slice(0, 1 + Math.floor(random() * (good.length - 3)))],
    ['with another signature', () => `${header}.${claims}.${other.split('.')[2]}`],
    ['with the claims of another', () => `${header}.${other.split('.')[1]}.${signature}`],
    ['with a bit turned', (random) => flipped(good, random)],
    ['with a part too many', () => `${good}.${signature}`],
    ['with its parts in another order', () => `${claims}.${header}.${signature}`],
    ['with padding before its signature', () => `${header}=.${claims}==.${signature}`],
    [
      'in the alphabet of base64',
      () => `${base64(`{"alg":"${lock.algorithm}","x":"???>>>"}`).replaceAll('_', '/')}.${claims}.${signature}`,
    ],
    ['twice', () => good + good],
    ['backwards', () => [...good].reverse().join('')],
    ['in capitals', () => good.toUpperCase()],
  ];
}

/** Turns one bit of what is signed, or of the signature; unused bits of the last character are none of either. */
function flipped(token: string, random: () => number): string {
  const parts = token.split('.').map((part) => Buffer.from(part, 'base64url'));
  const part = pick(random, parts);
  const at = Math.floor(random() * part.length);
  part[at] = (part[at] as number) ^ (1 << Math.floor(random() * 8));
  return parts.map((each) => each.toString('base64url')).join('.');
}

function unsigned(lock: Lock): readonly Forgery[] {
  const [header = '', claims = ''] = signed(lock, everything()).split('.');
  return [
    ['that says it needs no signature', (random) => compact({ alg: pick(random, NONES) }, everything(), nothing)],
    ['that says so and has one', (random) => compact({ alg: pick(random, NONES) }, everything(), lock.genuine)],
    ['that says so twice', () => compact(`{"alg":"none","alg":"${lock.algorithm}"}`, everything(), nothing)],
    ['that says so at last', () => compact(`{"alg":"${lock.algorithm}","alg":"none"}`, everything(), lock.genuine)],
    ['without an algorithm', () => compact({ typ: 'JWT' }, everything(), lock.genuine)],
    ['without a signature', () => `${header}.${claims}.`],
    ['without its last dot', () => `${header}.${claims}`],
    ['of claims alone', () => base64(JSON.stringify(everything()))],
    ['of noise', (random) => noise(random)],
  ];
}

function noise(random: () => number): string {
  const part = () => base64(Buffer.from(Array.from({ length: 1 + random() * 60 }, () => random() * 256)));
  return `${part()}.${part()}.${part()}`;
}

function others({ algorithm }: Lock): readonly Forgery[] {
  return [
    [
      'that is a long one',
      (random) => compact({ alg: algorithm }, { ...everything(), x: 'x'.repeat(20_000 * random()) }, nothing),
    ],
    [
      'that is none',
      (random) =>
        pick(random, ['null', 'undefined', '0', '.', '..', '...', 'e30.e30.', 'e30.e30.e30', '-', '~', 'a==']),
    ],
  ];
}
