// Histories to judge the judge by: good ones, made from a plan, and the ways in which each can be made bad.

import fc from 'fast-check';
import type { Id } from '../../src/entry.ts';
import type { Fault, History, Seen, Sent, SubscriberLog } from './checker.ts';

const CHANNELS = ['a', 'b', 'c'];

export const id = (place: number) => `${1_000 + place}-0` as Id;

interface Plan {
  /** For each message in the log's order: its channel, and whether the publisher heard that it was taken. */
  readonly messages: readonly { readonly channel: number; readonly heard: boolean }[];
  /** For each subscriber: its channel, where it begins and where it reconnects. */
  readonly subscribers: readonly {
    readonly channel: number;
    readonly from: number;
    readonly cuts: readonly number[];
  }[];
}

const channel = fc.nat(CHANNELS.length - 1);
export const plan: fc.Arbitrary<Plan> = fc.record({
  messages: fc.array(fc.record({ channel, heard: fc.boolean() }), { minLength: 8, maxLength: 40 }),
  subscribers: fc.array(
    fc.record({ channel, from: fc.nat(3), cuts: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 }) }),
    { minLength: 2, maxLength: 5 },
  ),
});

/** A good history: message `n` has id `n`, and each subscriber sees what is on its channel, across its reconnections. */
export function goodHistory({ messages, subscribers }: Plan): History {
  const sent = messages.map(({ channel, heard }, index): Sent => {
    const outcome = heard ? { status: 'acknowledged' as const, id: id(index + 1) } : { status: 'unknown' as const };
    const body = `m${index + 1}`;
    // Pairs that were both heard of were batches.
    const pair = Math.floor(index / 2);
    const batch = messages[2 * pair]?.heard && messages[2 * pair + 1]?.heard ? { batch: pair } : {};
    return { body, channels: [CHANNELS[channel] as string], outcome, ...batch };
  });
  const logs = subscribers.map(({ channel, from, cuts }, index) => {
    const name = CHANNELS[channel] as string;
    const seen: Seen[] = [{ kind: 'open', id: id(from) }];
    for (let place = from + 1; place <= sent.length; place += 1) {
      if (cuts.includes(place)) seen.push({ kind: 'open', id: id(place - 1) });
      if (sent[place - 1]?.channels.includes(name)) seen.push({ kind: 'message', id: id(place), body: `m${place}` });
    }
    return { name: `s${index}`, channels: [name], seen };
  });
  return { sent, subscribers: logs };
}

/** The history with what one subscriber saw replaced. */
function withSeen(history: History, victim: SubscriberLog, seen: readonly Seen[]): History {
  const subscribers = history.subscribers.map((log) => (log === victim ? { ...log, seen } : log));
  return { ...history, subscribers };
}

/** Each breaks a good history in one way; undefined where this history has no place for it. */
type Mutation = (history: History, at: number) => History | undefined;

/** The places of messages that a publisher heard of, in the log of a subscriber that has some. */
function choose({ sent, subscribers }: History, at: number) {
  const heard = new Set(sent.map(({ body, outcome }) => (outcome.status === 'acknowledged' ? body : undefined)));
  const log = subscribers[at % subscribers.length] as SubscriberLog;
  const places = [...log.seen.keys()].filter((place) => {
    const event = log.seen[place];
    return event?.kind === 'message' && heard.has(event.body);
  });
  return { log, seen: log.seen, places, place: places[at % places.length] };
}

export const MUTATIONS: Readonly<Record<string, readonly [Mutation, ...Fault[]]>> = {
  'a message dropped': [
    (history, at) => {
      const { log, seen, place } = choose(history, at);
      return place === undefined ? undefined : withSeen(history, log, seen.toSpliced(place, 1));
    },
    'lost',
    'silent gap',
    'behind',
  ],
  'the tail missing': [
    (history, at) => {
      const { log, seen, places } = choose(history, at);
      const last = places.at(-1);
      return last === undefined ? undefined : withSeen(history, log, seen.slice(0, last));
    },
    'behind',
  ],
  'a silent gap across a reconnection': [
    (history, at) => {
      const { log, seen, places } = choose(history, at);
      const [first, second] = places;
      if (first === undefined || second === undefined) return undefined;
      const gone = seen[first] as Seen;
      return withSeen(history, log, seen.with(first, { kind: 'open', id: gone.id }));
    },
    'silent gap',
  ],
  'a message twice': [
    (history, at) => {
      const { log, seen, place } = choose(history, at);
      return place === undefined ? undefined : withSeen(history, log, [...seen, seen[place] as Seen]);
    },
    'duplicated',
  ],
  'two messages in the wrong order': [
    (history, at) => {
      const { log, seen, places } = choose(history, at);
      const [first, second] = places;
      if (first === undefined || second === undefined) return undefined;
      const swapped = seen.with(first, seen[second] as Seen).with(second, seen[first] as Seen);
      return withSeen(history, log, swapped);
    },
    'reordered',
  ],
  'a message that nobody sent': [
    (history, at) => {
      const { log, seen } = choose(history, at);
      return withSeen(history, log, [...seen, { kind: 'message', id: id(900), body: 'nobody' }]);
    },
    'phantom',
  ],
  'a message of another channel': [
    (history, at) => {
      const { log } = choose(history, at);
      const foreign = history.sent.findIndex(({ channels }) => !channels.includes(log.channels[0] as string));
      const body = history.sent[foreign]?.body;
      if (body === undefined) return undefined;
      return withSeen(history, log, [...log.seen, { kind: 'message', id: id(foreign + 1), body }]);
    },
    'phantom',
  ],
  'a message published twice': [
    (history, at) => {
      const { log, seen, place } = choose(history, at);
      const again = place === undefined ? undefined : seen[place];
      if (again?.kind !== 'message') return undefined;
      const others = history.subscribers.map((each) =>
        each.channels[0] === log.channels[0] ? { ...each, seen: [...each.seen, { ...again, id: id(900) }] } : each,
      );
      return { ...history, subscribers: others };
    },
    'published twice',
  ],
  'a refused message delivered': [
    (history, at) => {
      const { seen, place } = choose(history, at);
      const event = place === undefined ? undefined : seen[place];
      if (event?.kind !== 'message') return undefined;
      const sent = history.sent.map((each) =>
        each.body === event.body ? { ...each, outcome: { status: 'refused' as const } } : each,
      );
      return { ...history, sent };
    },
    'refused but delivered',
  ],
  'half of a batch': [
    (history, at) => {
      const batched = history.sent.filter(({ batch }) => batch !== undefined);
      const gone = batched[at % batched.length]?.body;
      if (gone === undefined) return undefined;
      const sent = history.sent.map((each) =>
        each.body === gone ? { ...each, outcome: { status: 'unknown' as const } } : each,
      );
      const subscribers = history.subscribers.map((log) => ({
        ...log,
        seen: log.seen.filter((each) => each.kind !== 'message' || each.body !== gone),
      }));
      return { sent, subscribers };
    },
    'half-written',
  ],
  'a batch in another order': [
    (history, at) => {
      const batched = history.sent.filter(({ batch }) => batch !== undefined);
      const { batch } = batched[at % batched.length] ?? {};
      if (batch === undefined) return undefined;
      const [one, other] = batched.filter((each) => each.batch === batch) as [Sent, Sent];
      const sent = history.sent.map((each) => {
        if (each !== one && each !== other) return each;
        return { ...each, outcome: (each === one ? other : one).outcome };
      });
      return { sent, subscribers: history.subscribers.map((log) => ({ ...log, seen: log.seen.slice(0, 1) })) };
    },
    'half-written',
  ],
  'a subscriber that never opened': [(history, at) => withSeen(history, choose(history, at).log, []), 'behind'],
};

/** A reset where a message is missing makes it known, and so good. */
export function withReset(history: History, at: number): History | undefined {
  const { log, seen, place } = choose(history, at);
  const gone = place === undefined ? undefined : seen[place];
  if (gone === undefined || place === undefined) return undefined;
  return withSeen(history, log, seen.with(place, { kind: 'reset', id: gone.id, reason: 'lost' }));
}
