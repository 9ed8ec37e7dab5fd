// What was before, in the live tail and in a real browser: read back from the log, without a gap that nobody sees.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { pagesOfCluster, shows, stateOf, texts } from './support/console.ts';
import { publish, publishMany } from './support/publisher.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const said = (page: Page, text: string) => page.locator('#older-said', { hasText: text }).waitFor();

async function add(page: Page, channel: string): Promise<void> {
  await page.locator('#add-channel input').fill(channel);
  await page.locator('#add-channel button').click();
  await page.locator('#channels .chip', { hasText: channel }).waitFor();
  await stateOf(page, 'live');
}

describeWith(['redis-server', 'nginx', 'chromium'], 'older messages', () => {
  const { pages, cluster } = pagesOfCluster();
  const send = (channel: string, message: string) => publish(cluster().url, { channel, message });

  test('Older: with another channel the list begins anew, and what was before is that of all of them', async () => {
    const page = await pages.watch(cluster().url, '?channel=first');
    for (const [channel, message] of [
      ['first', 'f1'],
      ['second', 's1'],
      ['first', 'f2'],
    ] as const)
      await send(channel, message);
    await shows(page, ['f1', 'f2']);
    await add(page, 'second');
    await said(page, 'begins anew');
    await shows(page, []);
    await send('second', 's2');
    await shows(page, ['s2']);
    await page.locator('#older').click();
    await shows(page, ['f1', 's1', 'f2', 's2']);
    await said(page, 'nothing older');
    expect(await page.locator('#events button').textContent()).toBe('unnamed4');
    // What is taken away leaves no gap: its rows are true.
    await page.getByRole('button', { name: 'Stop listening to first' }).click();
    await stateOf(page, 'live');
    await send('second', 's3');
    await shows(page, ['f1', 's1', 'f2', 's2', 's3']);
    expect(pages.complaints).toEqual([]);
  });

  test('Older: what waits while the tail is paused belongs to the past of another channel, too', async () => {
    const page = await pages.watch(cluster().url, '?channel=third');
    await page.locator('#pause').click();
    await send('fourth', 'u1');
    await send('third', 't1');
    await until('it waits', async () => (await page.locator('#pause').textContent()) === 'Go on (1 waiting)');
    await add(page, 'fourth');
    await send('third', 't2');
    await until('it waits', async () => (await page.locator('#pause').textContent()) === 'Go on (1 waiting)');
    await page.locator('#pause').click();
    await shows(page, ['t2']);
    await page.locator('#older').click();
    await shows(page, ['u1', 't1', 't2']);
  });

  test('Older: a rare channel is looked for through all of the log, while the page goes on', async () => {
    const ids = [await send('rare', 'once'), await send('rare', 'twice')];
    await publishMany(cluster().url, 25_000, 'busy');
    const page = await pages.watch(cluster().url, '?channel=rare');
    let asked = 0;
    const { promise: seen, resolve: release } = Promise.withResolvers<void>();
    await page.route('**/history?*', async (route) => {
      asked += 1;
      if (asked === 2) await seen;
      await route.continue();
    });
    await page.locator('#older').click();
    await until('the second page is asked for', () => asked === 2);
    await said(page, 'Loading');
    await send('rare', 'meanwhile');
    await shows(page, ['meanwhile']);
    release();
    await shows(page, ['once', 'twice', 'meanwhile']);
    expect(await page.locator('#messages .entry').first().getAttribute('data-id')).toBe(ids[0]);
    expect(pages.complaints).toEqual([]);
  });

  test('Older: where nothing is found the end of the log is told', async () => {
    const page = await pages.watch(cluster().url, '?channel=never');
    await publishMany(cluster().url, 12_000, 'busy');
    await page.locator('#older').click();
    await said(page, 'nothing older');
    expect(await page.locator('#older').isVisible()).toBe(false);
    expect(await texts(page)).toEqual([]);
  });
});
