// Tokens of our own issuer that are no good all the same: not now, not here, for nobody, or in words that are none of ours.

import type { Lock } from './locks.ts';
import { everything, type Fields, type Forgery, seconds, signed } from './tokens.ts';

// What is there in the place of a number, a name, or a list of names.
const NOT_NUMBERS = ['"9999999999"', 'null', 'true', '[9999999999]', '{}', '""', '1e999', '-1e999', '-0', '"Infinity"'];
const NOT_NAMES = [
  'null',
  '1',
  'true',
  '[]',
  '["ann"]',
  '{}',
  '{"toString":"ann"}',
  '""',
  '"a\\nb"',
  '"\\ud800"',
  '"\\u0000"',
  `"${'x'.repeat(256)}"`,
];
const NOT_LISTS = [
  '"*"',
  '{"0":"*","length":1}',
  '[["*"]]',
  '[null]',
  '[1]',
  'true',
  '1',
  '[{"toString":"*"}]',
  '["*",{}]',
  '{"__proto__":["*"]}',
  '""',
  'false',
  '0',
];

type Claim = readonly [what: string, claims: Fields | string];

/** All kinds, each made once: whoever signs them takes a millisecond. */
export function unfits(lock: Lock): readonly Forgery[] {
  const all = [...timely(), ...misplaced(), ...typed(), ...doubled()];
  return all.map(([what, claims]): Forgery => {
    const made = signed(lock, claims);
    return [what, () => made];
  });
}

function timely(): readonly Claim[] {
  const [now, all] = [seconds(), everything()];
  const { exp: _, ...endless } = all;
  return [
    ...[1, 60, 3_600, 1e9].map((ago): Claim => [`expired ${ago} s ago`, { ...all, exp: now - ago }]),
    ...[3_600, 86_400, 1e9].map((ahead): Claim => [`valid in ${ahead} s`, { ...all, nbf: now + ahead }]),
    ['without an end', endless],
    ['with an end in another case', { ...endless, Exp: now + 60, EXP: now + 60, expires: now + 60 }],
    ['with an end in milliseconds', { ...all, exp: Date.now() }],
    ['that ends in 32 days', { ...all, exp: now + 32 * 86_400 }],
    ['that lives for 40 days', { ...all, iat: now - 20 * 86_400, exp: now + 20 * 86_400 }],
    ...[60, 3_600, 1e9].map((ahead): Claim => [`issued in ${ahead} s`, { ...all, iat: now + ahead }]),
    ['issued in milliseconds', { ...all, iat: Date.now() }],
    ['that ends in 300 years', { ...all, exp: 1e10 }],
    ['that never ends', { ...all, exp: Number.MAX_VALUE }],
    ['that has ended at the beginning', { ...all, exp: 0 }],
  ];
}

function misplaced(): readonly Claim[] {
  const all = everything();
  const without = (name: string) => Object.fromEntries(Object.entries(all).filter(([each]) => each !== name));
  return [
    ...['sub', 'iss', 'aud'].map((name): Claim => [`without ${name}`, without(name)]),
    ...[
      'https://login.example/',
      'https://LOGIN.example',
      'http://login.example',
      '',
      ['https://login.example'],
      {},
      null,
    ].map((iss): Claim => [`of the issuer ${JSON.stringify(iss)}`, { ...all, iss }]),
    ...['Fanfare', 'fanfare ', '', '*', [], ['other'], [['fanfare']], { fanfare: true }, null, 1].map(
      (aud): Claim => [`for ${JSON.stringify(aud)}`, { ...all, aud }],
    ),
  ];
}

function typed(): readonly Claim[] {
  return [
    ...['exp', 'nbf', 'iat'].flatMap((name) =>
      NOT_NUMBERS.filter((text) => name === 'exp' || !/^-|1e/.test(text)).map((text) => wrong(name, text)),
    ),
    ...NOT_NAMES.map((text) => wrong('sub', text)),
    ...['publish', 'subscribe', 'kick'].flatMap((name) => NOT_LISTS.map((text) => wrong(name, text))),
    ['that is a list', '[]'],
    ['that is a text', '"everything"'],
    ['that is nothing', 'null'],
    ['that is cut off', JSON.stringify(everything()).slice(0, -1)],
    ['with something behind it', `${JSON.stringify(everything())}{}`],
  ];
}

function wrong(name: string, text: string): Claim {
  return [`whose ${name} is ${text}`, withClaim(everything(), name, text)];
}

/** The last of two is what counts (RFC 7519, 4). */
function doubled(): readonly Claim[] {
  return [
    ['that ends twice', withClaim({ ...everything() }, 'exp', '1')],
    ['for two', withClaim({ ...everything() }, 'sub', 'null')],
    [
      'with its claims in a prototype',
      JSON.stringify({ iss: 'https://login.example', aud: 'fanfare' }).replace(
        '{',
        `{"__proto__":${JSON.stringify(everything())},`,
      ),
    ],
  ];
}

function withClaim(claims: Fields, name: string, text: string): string {
  return JSON.stringify(claims).replace(/\}$/, `,"${name}":${text}}`);
}
