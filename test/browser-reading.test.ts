// What somebody reads in the live tail, in a real browser: it stays where it is, and has room.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { pagesOfCluster } from './support/console.ts';
import { publish, publishMany } from './support/publisher.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

/** Notes where a row in the middle of the list is, each time that a frame has been painted. */
const WATCH_ROW = `(() => {
  const middle = document.querySelector('#messages').getBoundingClientRect();
  const rows = [...document.querySelectorAll('#messages .entry')];
  const row = rows.find((each) => each.getBoundingClientRect().top > middle.top + middle.height / 2);
  const { id } = row.dataset;
  const painted = new MessageChannel();
  window.tops = [];
  painted.port1.onmessage = () => {
    const at = document.querySelector('#messages [data-id="' + id + '"]');
    window.tops.push(at?.getBoundingClientRect().top);
    requestAnimationFrame(() => painted.port2.postMessage(0));
  };
  painted.port2.postMessage(0);
})()`;

const totalIs = (page: Page, count: number) =>
  until(`${count} are counted`, async () => (await page.locator('#total').textContent()) === String(count));

describeWith(['redis-server', 'nginx', 'chromium'], 'reading in the live tail', () => {
  const { pages, cluster } = pagesOfCluster();

  test('Reading: in a full list what is read stays in its place in every frame, whatever comes and goes', async () => {
    const { url } = cluster();
    const page = await pages.watch(url, '?channel=full');
    await publishMany(url, 5_200, 'full');
    await totalIs(page, 5_200);
    await page.locator('#shown', { hasText: '5,000 kept' }).waitFor();
    // Above the rows something is said and a button goes, which is back with the next message.
    await page.locator('#older').click();
    await page.locator('#older-said', { hasText: 'no more than 5,000' }).waitFor();
    await page.mouse.move(400, 450);
    await page.mouse.wheel(0, 90_000);
    await page
      .locator('#messages .text', { hasText: /^full [1-4]\d\d\d$/ })
      .first()
      .waitFor();
    await page.evaluate(WATCH_ROW);
    for (let n = 1; n <= 20; n += 1) {
      await publish(url, { channel: 'full', message: `more ${n}` });
      await totalIs(page, 5_200 + n);
    }
    const tops = await page.evaluate<(number | undefined)[]>('window.tops');
    expect(tops.length).toBeGreaterThan(20);
    expect([...new Set(tops)]).toEqual([tops[0]]);
    expect(pages.complaints).toEqual([]);
  });
});
