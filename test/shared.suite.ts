// What replicas share, whatever is behind it: the same tests over memory and over Redis. `two` gives two replicas' ends of
// it; over memory, which is one process's own, the same one twice.

import { expect, test } from 'vitest';
import { ChannelCounts } from '../src/channel-counts.ts';
import type { Admission, Kick, Member, Shared } from '../src/shared/shared.ts';
import { until } from './support/until.ts';

export interface SharedEnd {
  readonly shared: Shared;
  readonly kicks: readonly Kick[];
}

/** A replica that has no streams, and writes down who was kicked. */
export function member(name: string, kicks: Kick[]): Member {
  const state = {
    name,
    version: '0',
    started: new Date(0).toISOString(),
    streams: 0,
    messages: 0,
    position: null,
    draining: false,
  };
  return {
    kicked: (kick) => kicks.push(kick),
    remembered: () => kicks,
    state: () => state,
    channels: new ChannelCounts(),
  };
}

const NOTHING: Admission = { rates: [], places: [] };
const rateOf = (key: string, perSecond: number) => ({ key, perSecond });
const rate = (key: string, perSecond: number): Admission => ({ ...NOTHING, rates: [rateOf(key, perSecond)] });
const place = (key: string, limit: number): Admission => ({ ...NOTHING, places: [{ key, limit }] });

export function sharedSuite(two: () => Promise<readonly [SharedEnd, SharedEnd]>): void {
  async function shareds(): Promise<readonly [Shared, Shared]> {
    const [a, b] = await two();
    return [a.shared, b.shared];
  }

  test('H6: the list of channels is gathered once for all who ask together', async () => {
    const [shared] = await shareds();
    const [first, second] = await Promise.all([shared.channels(), shared.channels()]);
    expect(second).toBe(first);
    expect(await shared.channels()).toBe(first);
  });

  test('L3: of a rate one second’s worth passes at once, then what time brings, over all replicas', async () => {
    const [a, b] = await shareds();
    const begun = performance.now();
    const asked = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? a : b).admit(rate('r', 20)));
    const refusals = (await Promise.all(asked)).filter((each) => each !== undefined);
    const refilled = Math.ceil(((performance.now() - begun) / 1_000) * 20);
    const passed = asked.length - refusals.length;
    expect(passed).toBeGreaterThanOrEqual(20);
    expect(passed).toBeLessThanOrEqual(20 + refilled);
    for (const { key, waitMs } of refusals) {
      expect(key).toBe('r');
      expect(waitMs).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(50);
    }
    await until('one more passes', async () => (await b.admit(rate('r', 20))) === undefined);
  });

  test('L3: of two rates both are taken, or neither', async () => {
    const [a] = await shareds();
    const both = { ...NOTHING, rates: [rateOf('wide', 2), rateOf('narrow', 1)] };
    expect(await a.admit(both)).toBeUndefined();
    expect(await a.admit(both)).toMatchObject({ key: 'narrow' });
    expect(await a.admit(rate('wide', 2))).toBeUndefined();
  });

  test('L1: places are taken over all replicas, and free when they are given back', async () => {
    const [a, b] = await shareds();
    expect(await a.admit(place('p', 3))).toBeUndefined();
    expect(await b.admit(place('p', 3))).toBeUndefined();
    expect(await b.admit(place('p', 3))).toBeUndefined();
    for (const each of [a, b]) expect(await each.admit(place('p', 3))).toEqual({ key: 'p', waitMs: 0 });
    expect(await a.admit(place('other', 1))).toBeUndefined();
    b.leave(['p']);
    await until('a place is free', async () => (await a.admit(place('p', 3))) === undefined);
    expect(await b.admit(place('p', 3))).toMatchObject({ key: 'p' });
  });

  test('L1: of many that ask at once exactly as many get in as there are places', async () => {
    const [a, b] = await shareds();
    const asked = Array.from({ length: 100 }, (_, index) => (index % 3 === 0 ? a : b).admit(place('p', 10)));
    expect((await Promise.all(asked)).filter((each) => each === undefined)).toHaveLength(10);
  });

  test('L1, L3: where one is used up nothing is taken of the others', async () => {
    const [a] = await shareds();
    const both: Admission = { rates: [{ key: 'r', perSecond: 1 }], places: [{ key: 'p', limit: 1 }] };
    expect(await a.admit(both)).toBeUndefined();
    expect(await a.admit({ ...both, rates: [{ key: 'new', perSecond: 1 }] })).toEqual({ key: 'p', waitMs: 0 });
    expect(await a.admit(rate('new', 1))).toBeUndefined();
    expect(await a.admit({ ...both, places: [{ key: 'free', limit: 1 }] })).toMatchObject({ key: 'r' });
    await until('its place is free', async () => (await a.admit(place('free', 1))) === undefined);
  });

  test('A3: a ticket is taken once, by whoever comes first', async () => {
    const [a, b] = await shareds();
    await a.putTicket('t', 'value', 30_000);
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? a : b).takeTicket('t')),
    );
    expect(taken.filter((each) => each !== undefined)).toEqual(['value']);
    expect(await a.takeTicket('none')).toBeUndefined();
  });

  test('A3: who only looks at a ticket leaves it to who takes it', async () => {
    const [a, b] = await shareds();
    await a.putTicket('t', 'value', 30_000);
    for (const each of [a, b, b]) expect(await each.lookAtTicket('t')).toBe('value');
    expect(await b.takeTicket('t')).toBe('value');
    for (const each of [a, b]) expect(await each.lookAtTicket('t')).toBeUndefined();
  });

  test('A3: a ticket is gone after its time', async () => {
    const [a, b] = await shareds();
    await a.putTicket('short', 'value', 1);
    await a.putTicket('witness', 'value', 1);
    await until('its time is over', async () => (await b.takeTicket('witness')) === undefined);
    expect(await b.takeTicket('short')).toBeUndefined();
  });

  test('A6: every replica is told who was kicked, and when, and when again', async () => {
    const [a, b] = await two();
    const before = Date.now();
    await a.shared.kick('eve');
    await b.shared.kick('ben');
    for (const { kicks } of [a, b]) {
      await until('both are told', () => ['eve', 'ben'].every((name) => kicks.some(({ subject }) => subject === name)));
      for (const { at } of kicks) expect(Math.abs(at - before)).toBeLessThan(60_000);
    }
    const first = a.kicks.find(({ subject }) => subject === 'eve')?.at as number;
    await until('the clock has moved on', () => Date.now() > first + 1);
    await b.shared.kick('eve');
    await until('it is told again', () => a.kicks.filter(({ subject }) => subject === 'eve').at(-1)?.at !== first);
    expect(a.kicks.filter(({ subject }) => subject === 'eve').at(-1)?.at).toBeGreaterThan(first);
  });
}
