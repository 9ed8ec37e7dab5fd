// L3, of every bus: what is added is taken of rates, in one step with it.

import { expect, test } from 'vitest';
import { type Bus, KeyConflict, type RateExceeded } from '../src/bus/bus.ts';
import type { Rate } from '../src/limits/rates.ts';
import { publication, startReady, wholeLog } from './support/buses.ts';

const KEY = { name: 'client:k', digest: 'd', ttlMs: 60_000 };
const rate = (key: string, perSecond: number): Rate => ({ key, perSecond });

/** @param create a bus over a log of its own that is empty, not started */
export function ratesSuite(create: () => Bus): void {
  async function open() {
    const bus = create();
    await startReady(bus);
    const publish = (count: number, rates: readonly Rate[], key?: typeof KEY) =>
      bus.publish(
        Array.from({ length: count }, (_, index) => publication(`${index}`)),
        key,
        '',
        rates,
      );
    const exceeded = (count: number, rates: readonly Rate[]) =>
      publish(count, rates).then(
        () => undefined,
        (error: RateExceeded) => error.refusal,
      );
    return { bus, publish, exceeded };
  }

  test('L3: a batch is taken whole or not at all, and keys do not touch each other', async () => {
    const { bus, publish, exceeded } = await open();
    const ids = [...(await publish(900, [rate('r', 1_000)])).ids];
    expect(await exceeded(1_000, [rate('r', 1_000)])).toMatchObject({ key: 'r' });
    ids.push(...(await publish(1_000, [rate('other', 1_000)])).ids);
    ids.push(...(await publish(100, [rate('r', 1_000)])).ids);
    expect((await wholeLog(bus)).map(({ id }) => id).slice(-ids.length)).toEqual(ids);
  });

  test('L3: of two rates both are taken, or neither', async () => {
    const { publish, exceeded } = await open();
    const both = [rate('wide', 10_000), rate('narrow', 1_000)];
    await publish(1_000, both);
    expect(await exceeded(1_000, both)).toMatchObject({ key: 'narrow', waitMs: expect.any(Number) });
    expect(await exceeded(9_000, [rate('wide', 10_000)])).toBeUndefined();
  });

  test('L3, P4: a publish that is known, or is not added, takes nothing', async () => {
    const { publish, exceeded } = await open();
    const slow = [rate('slow', 1)];
    const { ids } = await publish(1, slow, KEY);
    for (let times = 0; times < 3; times += 1) expect(await publish(1, slow, KEY)).toEqual({ ids, repeated: true });
    await expect(publish(1, slow, { ...KEY, digest: 'other' })).rejects.toThrow(KeyConflict);
    expect((await exceeded(1, slow))?.waitMs).toBeLessThanOrEqual(1_000);
  });
}
