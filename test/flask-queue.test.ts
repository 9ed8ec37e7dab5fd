// Which messages wait, and which are taken: the places in the flow, the queue over them, and what any number of replicas
// make of it together, whatever happens between them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advance, covers, decodePosition, encodePosition, NOWHERE, type Place, union } from '../src/flask/position.ts';
import { BESIDE_BYTES, RawQueue } from '../src/flask/raw-queue.ts';
import { ModelRedis, ModelReplica } from './support/intake-model.ts';

const LARGE = { messages: 1_000, bytes: 1_000_000 };
const at = (mark: number, ...counts: [string, number][]) => ({ mark, counts: new Map(counts) });
const textsOf = (queue: RawQueue) => queue.next(LARGE).messages.map(({ bytes }) => bytes.toString());

function queueOf(texts: readonly string[], maxBytes = Number.POSITIVE_INFINITY): RawQueue {
  const queue = new RawQueue(maxBytes);
  queue.mark('e', 1, NOWHERE);
  for (const text of texts) queue.push('a', Buffer.from(text));
  return queue;
}

describe('a position', () => {
  test('it covers what came before its mark, and so many of each channel after it', () => {
    const position = at(3, ['a', 2]);
    const place = (mark: number, channel: string, count: number) => covers(position, { mark, channel, count });
    expect([place(2, 'b', 9), place(3, 'a', 2), place(3, 'a', 3), place(3, 'b', 1), place(4, 'a', 1)]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test('after some messages it covers them, and what it covered', () => {
    const places = [
      { mark: 3, channel: 'a', count: 3 },
      { mark: 3, channel: 'b', count: 1 },
    ];
    expect(advance(at(3, ['a', 2], ['c', 1]), places)).toEqual(at(3, ['a', 3], ['c', 1], ['b', 1]));
    expect(advance(at(2, ['a', 2]), places)).toEqual(at(3, ['a', 3], ['b', 1]));
    const across = [{ mark: 2, channel: 'b', count: 7 }, places[0] as Place];
    expect(advance(at(2, ['a', 2]), across)).toEqual(at(3, ['a', 3]));
    expect(advance(at(2, ['a', 2]), [])).toEqual(at(2, ['a', 2]));
  });

  test('of two the further one counts, and of equals each channel', () => {
    expect(union(at(2, ['a', 9]), at(3))).toEqual(at(3));
    expect(union(at(3), at(2, ['a', 9]))).toEqual(at(3));
    expect(union(at(3, ['a', 1], ['b', 2]), at(3, ['a', 2], ['b', 1]))).toEqual(at(3, ['a', 2], ['b', 2]));
  });

  test('it comes back from Redis as it was, with channels of all names', () => {
    const position = at(7, ['__proto__', 1], ['a,b"', 2], ['日本', 3]);
    expect(decodePosition(encodePosition(position))).toEqual(position);
    expect(decodePosition('')).toEqual(NOWHERE);
  });
});

describe('the queue', () => {
  test('F4: what came before the first mark has no place, and is not kept', () => {
    const queue = new RawQueue(Number.POSITIVE_INFINITY);
    queue.push('a', Buffer.from('early'));
    queue.mark('e', 5, NOWHERE);
    queue.push('a', Buffer.from('late'));
    expect([textsOf(queue), queue.joined]).toEqual([['late'], false]);
    queue.mark('e', 6, at(4));
    expect(queue.joined).toBe(false);
    queue.mark('e', 7, at(5, ['a', 1]));
    expect([textsOf(queue), queue.joined]).toEqual([[], true]);
  });

  test('F4: a position covers also what comes later from a slower connection', () => {
    const queue = queueOf(['1']);
    queue.take(at(1, ['a', 2]));
    queue.push('a', Buffer.from('2'));
    queue.push('a', Buffer.from('3'));
    expect(textsOf(queue)).toEqual(['3']);
  });

  test('F4: a late word of what had been taken does not make that less', () => {
    const queue = queueOf(['1', '2', '3']);
    queue.take(at(1, ['a', 2], ['b', 4]));
    queue.mark('e', 2, at(1, ['a', 1]));
    expect(queue.taken).toEqual(at(1, ['a', 2], ['b', 4]));
  });

  test('F4: what is done does not grow by what comes after it was asked', () => {
    const queue = queueOf([]);
    const { done } = queue;
    queue.push('a', Buffer.from('1'));
    queue.take(done);
    expect(textsOf(queue)).toEqual(['1']);
    expect(queue.done).toEqual(at(1));
  });

  test('F4: another epoch begins with nothing, and says how much was given up', () => {
    const queue = queueOf(['1', '2']);
    expect(queue.mark('f', 1, NOWHERE)).toBe(2);
    expect([textsOf(queue), queue.begin('f'), queue.taken]).toEqual([[], 0, NOWHERE]);
  });

  test('F3: over its bound the oldest fall out, and are told of unless they had been taken', () => {
    const texts = ['11', '22', '33', '44', '55'];
    const bound = 3 * (2 + BESIDE_BYTES);
    const queue = queueOf(texts, bound);
    expect([textsOf(queue), queue.fallen(), queue.fallen()]).toEqual([['33', '44', '55'], 2, 0]);
    const taken = queueOf(texts, bound);
    taken.take(at(1, ['a', 1]));
    expect(taken.fallen()).toBe(1);
  });

  test('F3: what falls out while it is under way counts only where it does not arrive', () => {
    const queue = queueOf(['11', '22', '33'], 3 * (2 + BESIDE_BYTES));
    const { position } = queue.next({ messages: 2, bytes: 100 });
    for (const text of ['44', '55', '66']) queue.push('a', Buffer.from(text));
    queue.take(position);
    expect([textsOf(queue), queue.fallen()]).toEqual([['44', '55', '66'], 1]);
  });

  test('F3: what is not taken has fallen out, of any channel and behind any mark, and nothing else has', () => {
    const acts = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'mark'), fc.nat(3)), { maxLength: 200, size: 'max' });
    const play = (queue: RawQueue, all: readonly (readonly [string, number])[]) => {
      let [mark, waiting] = [1, 0];
      queue.mark('e', mark, NOWHERE);
      for (const [act, count] of all) {
        if (act !== 'mark') queue.push(act, Buffer.from('x'));
        waiting += act === 'mark' ? -queue.fallen() : 1;
        if (act !== 'mark') continue;
        const { messages, position } = queue.next({ messages: count, bytes: 100 });
        waiting -= messages.length;
        mark += 1;
        queue.mark('e', mark, position);
      }
      return waiting - queue.fallen();
    };
    fc.assert(
      fc.property(acts, fc.integer({ min: 1, max: 20 }), (all, room) => {
        const queue = new RawQueue(room * (1 + BESIDE_BYTES));
        const waiting = play(queue, all);
        expect(queue.size).toBe(waiting);
        expect(queue.size).toBeLessThanOrEqual(room);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a batch is bounded by messages and by bytes, and has one message at least', () => {
    const queue = queueOf(['1', '2', '3333', '4']);
    const batch = (messages: number, bytes: number) => queue.next({ messages, bytes }).messages.length;
    expect([batch(2, 100), batch(9, 6), batch(9, 5), batch(9, 0)]).toEqual([2, 3, 2, 1]);
  });
});

type Act = (replica: ModelReplica, redis: ModelRedis) => void;

const publishing: fc.Arbitrary<Act> = fc.constantFrom('a', 'b').map((channel) => (_, redis) => redis.publish(channel));
const hearing: fc.Arbitrary<Act> = fc.nat(8).map((count) => (replica) => replica.hear(count));
const appending: fc.Arbitrary<Act> = fc.tuple(fc.nat(4), fc.boolean()).map(
  ([count, answered]) =>
    (replica) =>
      replica.append(count, answered),
);
const steady: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: publishing },
  { weight: 4, arbitrary: hearing },
  { weight: 4, arbitrary: appending },
  { weight: 2, arbitrary: fc.constant<Act>((replica) => replica.renew()) },
  { weight: 2, arbitrary: fc.constant<Act>((replica) => replica.acquire()) },
);
const stormy: fc.Arbitrary<Act> = fc.oneof(
  { weight: 16, arbitrary: steady },
  { weight: 1, arbitrary: fc.constant<Act>((replica) => replica.resubscribe()) },
  { weight: 1, arbitrary: fc.constant<Act>((_, redis) => redis.forget()) },
);

/** Three replicas, all subscribed from the start, and the first of them takes messages in. */
function play(acts: readonly (readonly [number, Act])[]): ModelRedis {
  const redis = new ModelRedis();
  const replicas = [0, 1, 2].map(() => new ModelReplica(redis));
  replicas[0]?.acquire();
  for (const [who, act] of acts) act(replicas[who] as ModelReplica, redis);
  replicas[1]?.finish();
  return redis;
}

describe('many replicas', () => {
  const history = (act: fc.Arbitrary<Act>) => fc.array(fc.tuple(fc.nat(2), act), { maxLength: 120, size: 'max' });

  test('F4: whoever has the lease, and whatever was under way, each message is taken once, in order', () => {
    fc.assert(
      fc.property(history(steady), (acts) => {
        const { log, published } = play(acts);
        expect(log).toEqual(published);
      }),
      { numRuns: 3_000 },
    );
  });

  test('F4, F5: also where connections break and Redis forgets, none is taken twice, and they stay in order', () => {
    fc.assert(
      fc.property(history(stormy), (acts) => {
        const { log, published } = play(acts);
        const places = log.map((text) => published.indexOf(text));
        expect(places).toEqual([...new Set(places)].toSorted((a, b) => a - b));
      }),
      { numRuns: 3_000 },
    );
  });
});
