// What everybody needs of the pages, in a real browser: contrast in light and dark, names for all controls, an order of focus
// that is the order of the page, nothing cut off on a phone, in both languages.

import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Pages, stateOf } from './support/console.ts';
import { CONTROL_FAULTS, FAINT_TEXTS } from './support/contrast.ts';
import { publishAll } from './support/publisher.ts';
import { type RunningReplica, startReplica } from './support/replica.ts';
import { describeWith } from './support/tools.ts';

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1_440, height: 900 };
const LOCALES = ['en-GB', 'zh-CN'];
// Names with no place to break them.
const LONG = 'channel'.repeat(12);

describeWith(['chromium'], 'the pages for everybody', () => {
  const pages = new Pages();
  let replica: RunningReplica;
  beforeAll(async () => {
    replica = await startReplica({ REPLICA: 'replica'.repeat(10) });
    const batch = Array.from({ length: 40 }, (_, i) => ({
      channel: [LONG, 'b'],
      event: i % 2 ? 'paid' : undefined,
      message: { i },
    }));
    await publishAll(replica.url, JSON.parse(JSON.stringify(batch)) as object[]);
  });
  afterEach(() => pages.closeAll());
  afterAll(async () => {
    await pages.end();
    await replica?.stop();
  });

  /** The form page after a message was sent. */
  async function form(options: BrowserContextOptions): Promise<Page> {
    const page = await pages.visit(replica.url, options);
    await page.locator('#channel-details summary').click();
    await page.locator('#message').fill('x');
    await page.locator('#send').click();
    await page.locator('#status[data-state=sent]').waitFor();
    return page;
  }

  /** The live page with everything on it: messages, an opened one, a result of the tester, a refusal, all that folds open. */
  async function live(options: BrowserContextOptions): Promise<Page> {
    const page = await pages.watch(replica.url, `?channel=${LONG}&channel=b&event=paid&last=30`, options);
    await page.locator('#messages .entry').nth(5).waitFor();
    await page.locator('#send-event').fill('open');
    await page.locator('#send-form [type=submit]').click();
    await page.locator('#send-form .status[data-state=refused]').waitFor();
    await page.locator('#access summary').click();
    await page.locator('#seconds').selectOption('');
    await page.locator('#resume form button').click();
    await stateOf(page, 'dropped');
    await page.locator('#resume form button').click();
    await page.locator('#resume .result[data-verdict]').waitFor();
    await page.locator('#messages .line').nth(-3).click();
    await page.locator('.detail').waitFor();
    await page.locator('#cluster .note').first().waitFor();
    return page;
  }

  const both = { form, live };

  test.each(['light', 'dark'] as const)(
    'Access for all: every text of both pages can be read, %s',
    async (colorScheme) => {
      for (const visit of Object.values(both)) {
        const page = await visit({ colorScheme });
        const { seen, faint } = await page.evaluate<{ seen: number; faint: string[] }>(FAINT_TEXTS);
        expect(seen).toBeGreaterThan(8);
        expect(faint).toEqual([]);
      }
    },
  );

  test('Access for all: every control has a name and can be hit, and every picture has words', async () => {
    for (const visit of Object.values(both)) {
      for (const viewport of [PHONE, DESK]) {
        const page = await visit({ viewport });
        expect(await page.evaluate<string[]>(CONTROL_FAULTS)).toEqual([]);
      }
    }
  });

  test.each(LOCALES)('Access for all: nothing is wider than a phone, %s', async (locale) => {
    for (const visit of Object.values(both)) {
      const page = await visit({ locale, viewport: PHONE });
      const wide = await page.evaluate<string[]>(`[...document.querySelectorAll('body *')]
        .filter((each) => each.checkVisibility() && !each.closest('.visually-hidden, svg, .tags, [popover]'))
        .filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5)
        .map((each) => each.outerHTML.slice(0, 90))`);
      expect(wide).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    }
  });

  test('Access for all: Tab goes through the live page from top to bottom, and the list is one stop', async () => {
    const page = await pages.watch(replica.url, '?channel=a&channel=b&last=30', { viewport: PHONE });
    await page.locator('#messages .entry').nth(5).waitFor();
    const seen: { id: string; top: number }[] = [];
    for (;;) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate<{ id: string; top: number } | null>(`(() => {
        const { activeElement: at } = document;
        if (at === document.body) return null;
        return { id: at.id || at.name || at.className || at.textContent, top: at.getBoundingClientRect().top + scrollY };
      })()`);
      if (at === null) break;
      seen.push(at);
    }
    const order = seen.map(({ id }) => id);
    for (const id of ['pause', 'filter', 'messages', 'send-message', 'send-channel', 'send-event', 'seconds'])
      expect(order).toContain(id);
    expect(order.filter((id) => id === 'opener')).toEqual([]);
    const tops = seen.map(({ top }) => Math.round(top));
    // What stands in one line may differ a little in height.
    for (const [i, top] of tops.entries())
      if (i > 0) expect(top, order.slice(0, i + 1).join()).toBeGreaterThan((tops[i - 1] as number) - 30);
  });

  test('Access for all: who listens is told a lone message, and of many only how many', async () => {
    const page = await pages.watch(replica.url, '?channel=told');
    const told = (text: string) => page.locator('#announcer', { hasText: text }).waitFor({ state: 'attached' });
    await publishAll(replica.url, [{ channel: 'told', message: 'only this' }]);
    await told('only this');
    const batch = Array.from({ length: 700 }, (_, i) => ({ channel: 'told', message: `m${i}` }));
    await publishAll(replica.url, batch);
    await told('700 new messages');
    expect(await page.locator('#messages').getAttribute('role')).toBeNull();
  });
});
