// Attempts to get in, drawn by chance: what is asked, what is shown for it, and how it must be refused.

import { randomBytes } from 'node:crypto';
import { pick } from '../faults/random.ts';
import { forgeries } from './forged.ts';
import type { Lock } from './locks.ts';
import { CHANNELS, type Overreach, overreaches } from './overreach.ts';
import { type Asked, anything, bytesOf, kick, listen, post, read, send } from './requests.ts';
import { everything, type Forgery, seconds, signed } from './tokens.ts';
import { unfits } from './unfit.ts';
import { CLOSED, DOUBLE, foreign, MEANT } from './ways.ts';

export interface Attempt {
  readonly what: string;
  readonly bytes: string;
  /** The answers that are right. */
  readonly refused: readonly number[];
}

/** Whose tokens have been refused since they were issued, and what has been used up. */
export interface Past {
  readonly kicked: string;
  readonly spentTickets: readonly string[];
}

type Draw = (random: () => number) => { what: string; asked: Asked; refused: readonly number[] };

const UNKNOWN = [401];
// What is too long, or no HTTP, is refused before anybody looks at it.
const UNREAD = [400, 401, 414, 431];
const NOT_ALLOWED = [403];

/** @param trap a URL that nobody may ever ask */
export function attempts(lock: Lock, past: Past, trap: string): (random: () => number) => Attempt {
  const good = signed(lock, everything());
  const draws: readonly (readonly [weight: number, draw: Draw])[] = [
    [30, shown('a token ', forgeries(lock, trap))],
    [20, shown('a token ', unfits(lock))],
    [15, closed(good)],
    [20, overreached(overreaches(lock))],
    [4, fromAbroad(good)],
    [4, ticketed(past.spentTickets)],
    [4, shown('a token issued before the kick, ', kicked(lock, past.kicked))],
    [2, (random) => ({ what: 'nothing', asked: anything(random, CHANNELS), refused: UNKNOWN })],
    [1, oversized(good)],
  ];
  const all = draws.flatMap(([weight, draw]) => Array.from({ length: weight }, () => draw));
  return (random) => {
    const { what, asked, refused } = pick(random, all)(random);
    return { what: `${asked.method} ${asked.path} with ${what}`, bytes: bytesOf(asked), refused };
  };
}

function shown(prefix: string, tokens: readonly Forgery[]): Draw {
  const ways = [...MEANT, ...MEANT, ...DOUBLE];
  return (random) => {
    const [wrong, make] = pick(random, tokens);
    const [way, show] = pick(random, ways);
    const asked = show(anything(random, CHANNELS), make(random), random);
    return { what: `${prefix}${wrong} ${way}`, asked, refused: UNREAD };
  };
}

function closed(good: string): Draw {
  return (random) => {
    const [way, show] = pick(random, CLOSED);
    return { what: `a good token ${way}`, asked: show(anything(random, CHANNELS), good, random), refused: UNREAD };
  };
}

function overreached(all: readonly Overreach[]): Draw {
  return (random) => {
    const { what, token, ask } = pick(random, all);
    const [way, show] = pick(random, MEANT);
    return { what: `${what} ${way}`, asked: show(ask(random), token, random), refused: NOT_ALLOWED };
  };
}

function fromAbroad(good: string): Draw {
  return (random) => {
    const changing = [send(['news'], 'form'), post('/ticket'), post('/session'), kick('witness')];
    const asked = foreign(pick(random, changing), good, random);
    return { what: "the cookie of somebody else's page", asked, refused: NOT_ALLOWED };
  };
}

function ticketed(spent: readonly string[]): Draw {
  const invented = () => randomBytes(24).toString('base64url');
  return (random) => {
    const used = pick(random, spent);
    const ticket = pick(random, [
      used,
      invented(),
      `${invented()}x`,
      used.toUpperCase(),
      '',
      '*',
      `${used}&ticket=${invented()}`,
      `..%2f${used}`,
      `${used}%00`,
    ]);
    const query = `ticket=${ticket}`;
    const channels = [pick(random, CHANNELS)];
    const asked =
      random() < 0.2 ? read('/history', channels, query) : listen(channels, pick(random, ['GET', 'HEAD']), query);
    return { what: `the ticket ${ticket}`, asked, refused: UNKNOWN };
  };
}

function kicked(lock: Lock, sub: string): readonly Forgery[] {
  const all = { ...everything(), sub };
  const tokens = {
    'long ago': signed(lock, { ...all, iat: seconds() - 600 }),
    'just now': signed(lock, { ...all, iat: seconds() - 2 }),
    'nobody knows when': signed(lock, { ...all, iat: undefined }),
  };
  return Object.entries(tokens).map(([what, token]) => [what, () => token]);
}

function oversized(good: string): Draw {
  return (random) => {
    const header = `Authorization: Bearer ${good}${'x'.repeat(random() < 0.5 ? 20_000 : 200_000)}`;
    const asked = anything(random, CHANNELS);
    return { what: 'a token without end', asked: { ...asked, headers: [header] }, refused: UNREAD };
  };
}
