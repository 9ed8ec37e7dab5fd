// What somebody reads in the live tail, in a real browser: it stays where it is, and has room.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { pagesOfCluster } from './support/console.ts';
import { publish, publishAll, publishMany } from './support/publisher.ts';
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

/** Whether a node can be seen, and hit. */
const IS_IN_VIEW = `(node) => {
  const { left, top, width, height } = node.getBoundingClientRect();
  return node.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}`;

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

  test.each([
    [1_440, 900, 100, 0],
    [1_440, 900, 10, 16],
    [1_024, 700, 5, 8],
    [1_024, 700, 10, 16],
    [1_024, 640, 100, 16],
    [390, 844, 100, 16],
  ])('Reading: at %i x %i px %i channels and %i names leave room for the list', async (width, height, some, named) => {
    const channels = Array.from({ length: some }, (_, i) => `warehouse-${i}`);
    const query = new URLSearchParams(channels.map((name) => ['channel', name]));
    const page = await pages.watch(cluster().url, `?${query}`, { viewport: { width, height } });
    const batch = Array.from({ length: named }, (_, i) => ({ event: `order-shipped-${i}` }));
    await publishAll(
      cluster().url,
      [...batch, {}].map((fields) => ({ channel: 'warehouse-0', message: 'x', ...fields })),
    );
    await page.locator('#messages .entry').waitFor();
    const list = await page.locator('#messages').evaluate((box) => box.clientHeight);
    expect(list).toBeGreaterThanOrEqual(190);
    // The keyboard reaches all of them.
    for (const control of [page.locator('#events button').last(), page.locator('.chip button').last()]) {
      await control.focus();
      expect(await page.evaluate(`(${IS_IN_VIEW})(document.activeElement)`)).toBe(true);
    }
    await page.locator('#messages').focus();
    expect(await page.evaluate(`(${IS_IN_VIEW})(document.querySelector('#messages .entry:last-child'))`)).toBe(true);
  });

  test.each([390, 1_440])('Reading: a long name is cut off, and told whole, at %i px', async (width) => {
    const names = ['e'.repeat(255), ...Array.from({ length: 16 }, (_, i) => `${i} ${'长名字 '.repeat(19)}`)];
    const page = await pages.watch(cluster().url, `?channel=long&channel=${'c'.repeat(255)}`, {
      viewport: { width, height: 900 },
    });
    await publishAll(
      cluster().url,
      names.map((event) => ({ channel: 'long', message: 'x', event })),
    );
    const label = page.locator('#events button', { hasText: 'eee' }).locator('span').first();
    expect(await label.getAttribute('title')).toBe(names[0]);
    expect(await page.locator('.chip', { hasText: 'ccc' }).locator('span').getAttribute('title')).toBe('c'.repeat(255));
    const wide = `[...document.querySelectorAll('.feed, .bar, .names, .chips, .name, .chip')]
      .filter((each) => each.scrollWidth > each.clientWidth).map(({ className }) => className)`;
    expect(await page.evaluate(wide)).toEqual([]);
    expect(await page.locator('#messages').evaluate((box) => box.clientHeight)).toBeGreaterThanOrEqual(190);
  });
});
