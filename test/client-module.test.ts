// The client module as it is delivered: how much of it there is, where it comes from, and whether its types tell the truth.

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type Client, connect, type Message, type Options, type State } from 'fanfare/client';
import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import { compareIds, type Id } from '../src/entry.ts';
import { ask } from './support/ask.ts';
import { onMemory } from './support/bracket.ts';
import { follow } from './support/followers.ts';

const PUBLIC = new URL('../public/', import.meta.url);
const MOST_BYTES = 3 * 1_024;

/** A file of the module and those that it imports. */
function filesOf(name: string): readonly string[] {
  const imported = readFileSync(new URL(name, PUBLIC), 'utf8').matchAll(/ from '\.\/(.+)';/g);
  return [name, ...[...imported].flatMap(([, other]) => filesOf(other as string))];
}

// Never called: it is the compiler that tests this.
const uses = (client: Client) => {
  expectTypeOf(connect).toBeCallableWith('/stream?channel=a');
  expectTypeOf(connect).toBeCallableWith({ channels: ['a'], shared: 'ann', ticket: () => Promise.resolve('t') });
  expectTypeOf<Options['last']>().toEqualTypeOf<number | undefined>();
  // @ts-expect-error An EventSource knows no headers.
  connect({ headers: {} });
  client.on('a', (message) => expectTypeOf(message).toEqualTypeOf<Message>());
  client.on({ event: 'paid' }, ({ data }) => expectTypeOf(data).toBeString());
  // @ts-expect-error It has no other conditions.
  client.on({ type: 'paid' }, () => undefined);
  client.onReset(({ reason }) => expectTypeOf(reason).toEqualTypeOf<'trimmed' | 'lost' | 'unknown'>());
  client.onState((state, { replica, delayMs }) => {
    expectTypeOf(replica).toEqualTypeOf<string | undefined>();
    if (state === 'waiting') expectTypeOf(delayMs).toEqualTypeOf<number | undefined>();
  });
  // @ts-expect-error Where it is, the client says.
  client.position = '1-0';
  expectTypeOf(client).toExtend<AsyncIterable<Message>>();
};

onMemory('The client module', (bracket) => {
  test('C5: it is served as it is, and has less than 3 KB when zipped', async () => {
    const { url } = await bracket.start();
    const files = filesOf('fanfare.js');
    expect(files.length).toBeGreaterThan(1);
    let bytes = 0;
    for (const file of files) {
      const { status, headers, text } = await ask(`${url}/${file}`);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^(text|application)\/javascript/);
      expect(text).toBe(readFileSync(new URL(file, PUBLIC), 'utf8'));
      bytes += gzipSync(text, { level: 9 }).length;
    }
    expect(bytes).toBeLessThan(MOST_BYTES);
  });

  test('C5: a client has what its types say, and nothing else', async () => {
    const { url } = await bracket.start();
    const { client, live, states } = follow(bracket, url);
    const members = {
      close: true,
      on: true,
      onReset: true,
      onState: true,
      position: true,
      [Symbol.asyncIterator]: true,
    } satisfies Record<keyof Client, true>;
    expect(new Set(Reflect.ownKeys(client))).toEqual(new Set(Reflect.ownKeys(members)));
    await live();
    expectTypeOf(uses).parameter(0).toEqualTypeOf(client);
    const [name, detail] = states.at(-1) as State;
    if (name !== 'live') throw new Error(`it is ${name}`);
    expectTypeOf(detail.channels).toEqualTypeOf<readonly string[]>();
    expect(detail).toEqual({ replica: expect.any(String), channels: ['messages'], resumed: false });
  });
});

test('C3: the collation that the module compares ids by is the order of the log', () => {
  const { compare } = new Intl.Collator('en', { numeric: true });
  const part = fc.oneof(fc.nat(20), fc.integer({ min: 999_999_999_990, max: 1_000_000_000_010 }), fc.nat(999_999_999));
  const id = fc.tuple(part, part).map(([time, sequence]) => `${time}-${sequence}` as Id);
  fc.assert(
    fc.property(id, id, (a, b) => Math.sign(compare(a, b)) === Math.sign(compareIds(a, b))),
    { numRuns: 5_000 },
  );
});
