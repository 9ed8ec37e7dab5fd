// What was before, in the live tail and in a real browser: read back from the log, without a gap that nobody sees.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { pagesOfCluster, shows, stateOf } from './support/console.ts';
import { publish } from './support/publisher.ts';
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
});
