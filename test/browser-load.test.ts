// The live page under load, in a real browser: at 500 messages a second it counts every one, keeps the document small and
// holds no more memory in the second half of a long time than in the first. How smooth it was is printed, not asserted: on a
// busy machine that says more of the machine.

import { setTimeout as wait } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { pagesOfCluster } from './support/console.ts';
import { publishAll } from './support/publisher.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const BATCH = 50;
const BATCHES_A_SECOND = 10;
/** What the page keeps at most. */
const KEPT = 5_000;
/** What a window of 720 px has room for, three times over. */
const MOST_ROWS = 60;

let sent = 0;

function batch(count: number): object[] {
  return Array.from({ length: count }, () => {
    sent += 1;
    return { channel: 'load', message: JSON.stringify({ n: sent, text: 'x'.repeat(60 + (sent % 80)) }) };
  });
}

/** Publishes 500 messages a second for so long: this is the pace of who sends, and nothing is waited for by it. */
async function publishFor(url: string, seconds: number): Promise<void> {
  const begun = performance.now();
  for (let done = 0; done < seconds * BATCHES_A_SECOND; done += 1) {
    await publishAll(url, batch(BATCH));
    const due = begun + ((done + 1) * 1_000) / BATCHES_A_SECOND;
    await wait(Math.max(0, due - performance.now()));
  }
}

/** Notes every frame's length, and the most rows that there were at one. */
const WATCH = `window.watched = { frames: [], rows: 0 };
  let last = performance.now();
  (function frame(now) {
    window.watched.frames.push(now - last);
    last = now;
    window.watched.rows = Math.max(window.watched.rows, document.querySelectorAll('#messages .entry').length);
    requestAnimationFrame(frame);
  })(last);`;

const allCame = (page: Page) =>
  until(`${sent} messages are counted`, async () => (await page.locator('#total').textContent()) === String(sent));

/** What is in use once nothing is left to collect. */
async function inUse(cdp: CDPSession): Promise<{ nodes: number; bytes: number }> {
  await cdp.send('HeapProfiler.collectGarbage');
  const { nodes } = await cdp.send('Memory.getDOMCounters');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  return { nodes, bytes: usedSize };
}

function quantile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) * share)] as number).toFixed(0);
}

describeWith(['redis-server', 'nginx', 'chromium'], 'the live page under load', () => {
  const { pages, cluster } = pagesOfCluster();

  test('Load: 500 messages a second are all counted, with few rows in the document and bounded memory', async () => {
    const { url } = cluster();
    const page = await pages.watch(url, '?channel=load');
    const cdp = await page.context().newCDPSession(page);
    await page.evaluate(WATCH);
    await publishFor(url, 5);
    await allCame(page);
    const { frames, rows } = await page.evaluate<{ frames: number[]; rows: number }>('window.watched');
    expect(rows).toBeGreaterThan(5);
    expect(rows).toBeLessThan(MOST_ROWS);
    await page.locator('#messages .text', { hasText: `"n":${sent},` }).waitFor();
    console.info(
      `500 messages/s for 5 s: ${frames.length} frames, p50 ${quantile(frames, 0.5)} ms, p95 ${quantile(frames, 0.95)} ms,` +
        ` longest ${quantile(frames, 1)} ms; at most ${rows} rows`,
    );

    // Beyond what is kept, in bursts; then as much again.
    while (sent < KEPT + 1_000) await publishAll(url, batch(500));
    await allCame(page);
    await until('no more is kept', async () => (await page.locator('#shown').textContent()) === '5,000 kept');
    const before = await inUse(cdp);
    for (const goal = sent + KEPT; sent < goal; ) await publishAll(url, batch(500));
    await allCame(page);
    await page.locator('#messages .text', { hasText: `"n":${sent},` }).waitFor();
    expect(await page.locator('#shown').textContent()).toBe('5,000 kept');
    const after = await inUse(cdp);
    expect(after.nodes).toBeLessThan(before.nodes + 500);
    // Five thousand messages more would be some 2 MB.
    expect(after.bytes).toBeLessThan(before.bytes + 1_000_000);
    expect(pages.complaints).toEqual([]);
  });

  test('Load: a message that was opened stays where it is while 500 a second come, and the end is found again', async () => {
    const { url } = cluster();
    const page = await pages.watch(url, '?channel=load');
    sent = 0;
    const going = publishFor(url, 4);
    await until('there are many', async () => Number(await page.locator('#total').textContent()) > 500);
    const box = (await page.locator('#messages').boundingBox()) as { x: number; y: number; height: number };
    // A reader's press, wherever the rows are by now.
    await page.mouse.click(box.x + 300, box.y + box.height / 2);
    const detail = page.locator('#messages .detail');
    await detail.waitFor();
    const before = await detail.boundingBox();
    await going;
    await allCame(page);
    expect(await detail.boundingBox()).toEqual(before);
    await page.locator('#newest').click();
    const last = page.locator('#messages .entry', { hasText: `"n":${sent},` });
    await last.waitFor();
    const { y, height } = (await last.boundingBox()) as { y: number; height: number };
    expect(Math.abs(y + height - box.y - box.height)).toBeLessThan(2);
  });

  test('Load: what comes while the tail is paused is bounded too, and said where it was', async () => {
    const { url } = cluster();
    const page = await pages.watch(url, '?channel=load');
    sent = 0;
    await page.locator('#pause').click();
    while (sent < 11_000) await publishAll(url, batch(1_000));
    await allCame(page);
    await until(
      'all are counted',
      async () => (await page.locator('#pause').textContent()) === 'Go on (11,000 waiting)',
    );
    await page.locator('#pause').click();
    await page.locator('#messages .text', { hasText: `"n":${sent},` }).waitFor();
    expect(await page.locator('#shown').textContent()).toBe('5,000 kept');
    await page.locator('#messages').evaluate((box) => {
      box.scrollTop = 0;
    });
    await page.locator('#messages .notice[data-reason=skipped]', { hasText: '6,001 messages came while' }).waitFor();
  });
});
