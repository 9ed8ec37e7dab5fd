// Good tokens that are used for more than they say: other channels, above all those that look alike, and other acts.

import { pick } from '../faults/random.ts';
import type { Lock } from './locks.ts';
import { type Asked, kick, listen, read, send } from './requests.ts';
import { signed, somebody } from './tokens.ts';

/** What a token names, and a channel that this does not cover. */
const BEYOND: readonly (readonly [patterns: readonly string[], channel: string])[] = [
  [[], 'news'],
  [['news'], 'newsroom'],
  [['news'], 'new'],
  [['news'], 'News'],
  [['news'], 'NEWS'],
  [['news'], 'news '],
  [['news'], ' news'],
  [['news'], 'news*'],
  [['news'], '*'],
  [['news'], 'news/'],
  [['news'], 'other,news'],
  [['news'], '["news"]'],
  [['news', 'other'], 'news,other'],
  [['news'], 'nеws'],
  [['news'], 'ｎｅｗｓ'],
  [['news'], 'news\u200b'],
  [['news'], '\ufeffnews'],
  [['news'], 'news\u0301'],
  [['news'], 'n\u00adews'],
  [['news'], 'new\u017f'],
  [['café'], 'cafe\u0301'],
  [['cafe\u0301'], 'café'],
  [['ﬁle'], 'file'],
  [['file'], 'ﬁle'],
  [['i'], 'ı'],
  [['straße'], 'strasse'],
  [['Kelvin'], '\u212aelvin'],
  [['user-*'], 'user'],
  [['user-*'], 'user_7'],
  [['user-*'], 'User-7'],
  [['user-*'], 'a-user-7'],
  [['user-*'], 'user\u20107'],
  [['user-*'], '*'],
  [['user-*'], 'us*'],
  [['user-7*'], 'user-8'],
  [['a*b'], 'acb'],
  [['*b'], 'ab'],
  [['**'], 'a'],
  [['?'], 'a'],
  [['.*'], 'a'],
  [['[a-z]*'], 'a'],
  [['(a|b)'], 'a'],
  [['a%2a'], 'ab'],
  [[''], 'a'],
  [[' *'], 'a'],
  [['\u2217'], 'a'],
  [['＊'], 'a'],
  [['a', 'b'], 'ab'],
  [['constructor'], '__proto__'],
  [['0'], '00'],
  [['1'], '1.0'],
];

/** All channels that somebody here might reach. */
export const CHANNELS: readonly string[] = [...new Set(BEYOND.map(([, channel]) => channel))];

/** A token's claims for one act say nothing of the other; nor do claims that are called alike. */
const ALIKE = [
  'Publish',
  'Subscribe',
  'PUBLISH',
  'subscribe ',
  'channels',
  'scope',
  'mercure',
  'publish*',
  'prototype',
];

export interface Overreach {
  readonly what: string;
  readonly token: string;
  ask(random: () => number): Asked;
}

export function overreaches(lock: Lock): readonly Overreach[] {
  const beyond = BEYOND.flatMap(([patterns, channel]): Overreach[] => [
    {
      what: `${JSON.stringify(channel)} with publish ${JSON.stringify(patterns)}`,
      token: signed(lock, { ...somebody('ann'), publish: patterns, subscribe: ['*'] }),
      ask: (random) => sending(random, allowed(patterns), channel),
    },
    {
      what: `${JSON.stringify(channel)} with subscribe ${JSON.stringify(patterns)}`,
      token: signed(lock, { ...somebody('ann'), publish: ['*'], subscribe: patterns }),
      ask: (random) => listening(random, allowed(patterns), channel),
    },
  ]);
  return [...beyond, ...claimed(lock), ...kicking(lock)];
}

/** A channel that the token does cover, where there is one, so that a request can ask for both. */
function allowed(patterns: readonly string[]): string | undefined {
  return patterns[0] === '' ? undefined : patterns[0]?.replace('*', 'x');
}

function sending(random: () => number, covered: string | undefined, channel: string): Asked {
  const channels = covered !== undefined && random() < 0.3 ? [covered, channel] : [channel];
  return send(channels, pick(random, ['json', 'form', 'batch'] as const));
}

function listening(random: () => number, covered: string | undefined, channel: string): Asked {
  const channels = covered !== undefined && random() < 0.3 ? [covered, channel] : [channel];
  if (random() < 0.3) return read('/history', channels, pick(random, ['', 'reverse=1', 'after=earliest']));
  return listen(channels, random() < 0.2 ? 'HEAD' : 'GET', pick(random, ['', 'last=5', 'lastEventId=earliest']));
}

function claimed(lock: Lock): readonly Overreach[] {
  const none = ALIKE.map((name): Overreach => {
    const token = signed(lock, { ...somebody('ann'), [name]: ['*'] });
    return { what: `what "${name}" allows`, token, ask: (random) => either(random) };
  });
  const hidden = [
    '"__proto__":{"publish":["*"],"subscribe":["*"]}',
    '"publish":["*"],"subscribe":["*"],"publish":[],"subscribe":[]',
    '"publish":["*"],"subscribe":["*"],"publish":null,"subscribe":null',
    '"constructor":{"prototype":{"publish":["*"]}}',
    '"publish":{"length":0}'.replace('{"length":0}', '[]'),
  ].map((text): Overreach => {
    const token = signed(lock, JSON.stringify(somebody('ann')).replace(/\}$/, `,${text}}`));
    return { what: `what ${text} allows`, token, ask: (random) => either(random) };
  });
  return [...none, ...hidden];
}

const either = (random: () => number) => (random() < 0.5 ? send(['news'], 'json') : listen(['news']));

function kicking(lock: Lock): readonly Overreach[] {
  const all = { publish: ['*'], subscribe: ['*'] };
  return [[], ['wit'], ['Witness'], ['witness-*'], ['witnes'], ['*s']].map((patterns): Overreach => {
    const token = signed(lock, { ...somebody('ann'), ...all, kick: patterns });
    return { what: `a kick with ${JSON.stringify(patterns)}`, token, ask: () => kick('witness') };
  });
}
