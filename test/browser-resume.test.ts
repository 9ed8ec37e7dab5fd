// The resume tester of the live page, in a real browser: what it drops, what it finds, and what it says of it.

import type { Locator, Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { pagesOfCluster, shows, stateOf, texts } from './support/console.ts';
import { publish, publishMany } from './support/publisher.ts';
import { startReplica } from './support/replica.ts';
import { describeWith } from './support/tools.ts';

/** What the resume tester says of one thing. */
function fact(page: Page, name: string): Promise<string | null> {
  return page.locator(`#resume .result [data-fact=${name}] dd`).textContent();
}

/** Drops the page's connection until it is told to come back, by the control that this gives. */
async function dropped(page: Page): Promise<Locator> {
  await page.locator('#seconds').selectOption({ label: 'no limit' });
  const control = page.locator('#resume form button');
  await control.click();
  await stateOf(page, 'dropped');
  return control;
}

describeWith(['redis-server', 'nginx', 'chromium'], 'the resume tester', () => {
  const { pages, cluster } = pagesOfCluster();

  test('Resume: what was missed is replayed once, and shown to be what the log has', async () => {
    const page = await pages.watch(cluster().url, '?channel=back');
    const before = await publish(cluster().url, { channel: 'back', message: 'before' });
    await shows(page, ['before']);
    const control = await dropped(page);
    const ids = await publishMany(cluster().url, 5, 'back');
    await publish(cluster().url, { channel: 'elsewhere', message: 'not for this page' });
    expect(await texts(page)).toEqual(['before']);
    await control.click();
    await page.locator('#resume .result[data-verdict=exact]').waitFor();
    expect(await fact(page, 'cursor')).toBe(before);
    expect([await fact(page, 'missed'), await fact(page, 'replayed')]).toEqual(['5', '5']);
    expect([await fact(page, 'twice'), await fact(page, 'resets')]).toEqual(['0', 'none']);
    await page.locator('#resume .result summary').click();
    expect(await page.locator('#resume .ids li').allTextContents()).toEqual(ids);
    await shows(page, ['before', 'back 1', 'back 2', 'back 3', 'back 4', 'back 5']);
    await stateOf(page, 'live');
    expect(pages.complaints).toEqual([]);
  });

  test('Resume: what the log has lost meanwhile is told as a reset, and not taken for exact', async () => {
    const replica = await startReplica({ HISTORY_SIZE: '10' });
    onTestFinished(() => replica.stop());
    const page = await pages.watch(replica.url, '?channel=back');
    await publish(replica.url, { channel: 'back', message: 'before' });
    await shows(page, ['before']);
    const control = await dropped(page);
    await publishMany(replica.url, 100, 'back');
    await control.click();
    await page.locator('#resume .result[data-verdict=reset]').waitFor();
    expect(await fact(page, 'resets')).toContain('no longer keeps everything');
    const kept = Number(await fact(page, 'missed'));
    expect(kept).toBeGreaterThanOrEqual(10);
    expect(kept).toBeLessThan(100);
    expect(await fact(page, 'replayed')).toBe(String(kept));
    await page.locator('#messages .notice[data-reason=trimmed]').waitFor();
  });

  test('Resume: of more than it looks up it claims no more than that', async () => {
    const page = await pages.watch(cluster().url, '?channel=much');
    const control = await dropped(page);
    await publishMany(cluster().url, 10_500, 'much');
    await control.click();
    await page.locator('#resume .result[data-verdict=exact]').waitFor();
    expect(await page.locator('#resume .status').textContent()).toBe(
      'More than 10,000 messages were missed. The first 10,000 of them were looked at: they were replayed, once.',
    );
    expect([await fact(page, 'missed'), await fact(page, 'replayed')]).toEqual(['more than 10,000', '10,000']);
  });

  test('Resume: it comes back by itself after the time that was chosen', async () => {
    const page = await pages.watch(cluster().url, '?channel=timed');
    await page.locator('#resume form button').click();
    await stateOf(page, 'dropped');
    await page.locator('#resume .result[data-verdict=exact]').waitFor();
    expect(Number.parseFloat((await fact(page, 'awayTime')) ?? '')).toBeGreaterThanOrEqual(5);
    await stateOf(page, 'live');
  });

  test('Resume: channels that are changed before all is back end the test with a word, and no verdict', async () => {
    const page = await pages.watch(cluster().url, '?channel=kept&channel=left');
    const control = await dropped(page);
    await publishMany(cluster().url, 3, 'left');
    const { promise: changed, resolve: goOn } = Promise.withResolvers<void>();
    await page.route('**/history?*', async (route) => {
      await changed;
      await route.continue();
    });
    await control.click();
    await page.locator('#resume .status', { hasText: 'Coming back' }).waitFor();
    await page.getByRole('button', { name: 'Stop listening to left' }).click();
    goOn();
    await page.locator('#resume .result[data-verdict]').waitFor();
    expect(await page.locator('#resume .status').textContent()).toBe(
      'The channels were changed before all was back, so this says nothing.',
    );
    await stateOf(page, 'live');
    await publish(cluster().url, { channel: 'kept', message: 'goes on' });
    await shows(page, ['goes on']);
  });
});
