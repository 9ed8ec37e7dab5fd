// The list of channels in pages: what each shows, to whom, and that it costs no more than that.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hearing, type Identity, mayHear } from '../src/access/identity.ts';
import { ChannelList } from '../src/channel-list.ts';

const who = (subscribe: readonly string[]): Identity => ({
  subject: 'ann',
  publish: [],
  subscribe,
  kick: [],
  issuedAt: undefined,
  expiresAt: Number.POSITIVE_INFINITY,
});
// Few characters, so that names and patterns meet; of two units, one that is above the surrogates in code points alone.
const name = fc.string({ unit: fc.constantFrom('a', 'b', '*', '\uffff', '🎺'), minLength: 1, maxLength: 4 });
const pattern = fc.oneof(
  name,
  name.map((text) => `${text}*`),
  fc.constant('*'),
);

test('H4, H6: pages hold every channel once that is for who asks, in order, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name),
      fc.option(fc.array(pattern, { maxLength: 4 })),
      fc.integer({ min: 1, max: 5 }),
      name,
      async (names, patterns, limit, start) => {
        const identity = patterns === null ? undefined : who(patterns);
        const list = await ChannelList.of(new Map(names.map((each, index) => [each, index])));
        const seen: string[] = [];
        for (let after: string | null = start; after !== null; ) {
          const page = list.page(after, limit, hearing(identity));
          for (const { name: shown, subscribers } of page.channels) expect(names[subscribers]).toBe(shown);
          expect(page.channels.length).toBe(page.next === null ? page.channels.length : limit);
          seen.push(...page.channels.map((channel) => channel.name));
          after = page.next;
        }
        expect(seen).toEqual(names.filter((each) => each > start && mayHear(identity, each)).sort());
      },
    ),
    { numRuns: 1_000 },
  );
});

test('H6: a page costs what it shows, however many channels there are and how few are for who asks', async () => {
  const names = Array.from({ length: 100_000 }, (_, index) => `room-${(index * 7_919) % 100_000}`);
  const list = await ChannelList.of(new Map(names.map((each) => [each, 1])));
  const looks = (subscribe: readonly string[]) => {
    const all = hearing(who(subscribe));
    let count = 0;
    const counting = {
      ...all,
      may(channel: string) {
        count += 1;
        return all.may(channel);
      },
    };
    const { channels } = list.page('room-2', 100, counting);
    return { count, channels: channels.map((channel) => channel.name) };
  };
  expect(looks(['room-77777', 'zoo', 'room-1'])).toEqual({ count: 3, channels: ['room-77777'] });
  expect(looks(['room-5*', 'a*']).count).toBeLessThanOrEqual(102);
  expect(looks([])).toEqual({ count: 1, channels: [] });
});
