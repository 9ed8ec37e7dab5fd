// What stands around the live tail, in a real browser: channels, the send form, the delay, the facts, the state.

import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { Audience } from './support/cluster.ts';
import { pagesOfCluster, shows, stateOf } from './support/console.ts';
import { publish, publishMany } from './support/publisher.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

async function compose(page: Page, fields: { message: string; channel?: string; event?: string }): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await page.locator(`#send-form [name=${name}]`).fill(value);
  await page.locator('#send-form [type=submit]').click();
}

const sendStatus = (page: Page, state: string) => page.locator(`#send-form .status[data-state=${state}]`);

describeWith(['redis-server', 'nginx', 'chromium'], 'the live page', () => {
  const { pages, cluster } = pagesOfCluster();

  test('Channels: one more is listened to from here on, one less no longer, and the address says so', async () => {
    const page = await pages.watch(cluster().url, '?channel=a');
    const { promise: published, resolve: release } = Promise.withResolvers<void>();
    await page.route('**/stream?*', async (route) => {
      await published;
      await route.continue();
    });
    const adding = page.locator('#add-channel');
    await adding.locator('input').fill('b & c');
    await adding.locator('button').click();
    await until('the address says it', () => new URL(page.url()).search === '?channel=a&channel=b+%26+c');
    // While there is no connection: neither is missed.
    await publish(cluster().url, { channel: 'b & c', message: 'to the new' });
    await publish(cluster().url, { channel: 'a', message: 'to the old' });
    release();
    await shows(page, ['to the new', 'to the old']);
    expect(await page.locator('#messages .channel').allTextContents()).toEqual(['b & c', 'a']);
    await page.getByRole('button', { name: 'Stop listening to a', exact: true }).click();
    await until('the address says it', () => new URL(page.url()).search === '?channel=b+%26+c');
    await stateOf(page, 'live');
    await publish(cluster().url, { channel: 'a', message: 'not heard' });
    await publish(cluster().url, { channel: 'b & c', message: 'heard' });
    await shows(page, ['to the new', 'to the old', 'heard']);
    await adding.locator('input').fill('b & c');
    await adding.locator('button').click();
    expect(await page.locator('#channel-said').textContent()).toBe('You are listening to b & c already.');
    expect(pages.complaints).toEqual([]);
  });

  test('Channels: those that somebody listens to are suggested', async () => {
    const audience = new Audience(cluster().url);
    onTestFinished(() => audience.close());
    await audience.open('popular');
    await until('it is counted', async () =>
      (await (await fetch(`${cluster().url}/channels`)).text()).includes('popular'),
    );
    const page = await pages.watch(cluster().url);
    await page.locator('#add-channel input').focus();
    await page.locator('#channel-names option[value=popular]').waitFor({ state: 'attached' });
  });

  test('Send: the form sends to its channel and with its event name, which is then shown; and tells its round trip', async () => {
    const page = await pages.watch(cluster().url, '?channel=talk');
    expect(await page.locator('#send-channel').inputValue()).toBe('talk');
    await compose(page, { message: 'hello', event: 'greeting' });
    await sendStatus(page, 'sent').waitFor();
    await shows(page, ['hello']);
    expect(await page.locator('#messages .event').allTextContents()).toEqual(['greeting']);
    await until('it was back', async () =>
      /^Sent \d+-\d+ · confirmed after \d+ ms · back here after \d+ ms$/.test(
        (await page.locator('#send-form .status').textContent()) ?? '',
      ),
    );
    expect(await page.locator('#send-message').inputValue()).toBe('');
    expect(pages.complaints).toEqual([]);
  });

  test('Send: Enter sends, Shift+Enter begins a line', async () => {
    const page = await pages.watch(cluster().url, '?channel=lines');
    await page.locator('#send-message').pressSequentially('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await shows(page, ['one\ntwo']);
  });

  test('Send: a refusal says what to change, and keeps the text', async () => {
    const page = await pages.watch(cluster().url);
    await compose(page, { message: 'kept', event: 'error' });
    await sendStatus(page, 'refused').waitFor();
    expect(await sendStatus(page, 'refused').textContent()).toMatch(
      /^Not sent\. The event name "error" is reserved: choose/,
    );
    expect(await page.locator('#send-message').inputValue()).toBe('kept');
  });

  test('Facts: the page counts what comes, and tells the delay with what it may be at most', async () => {
    const page = await pages.watch(cluster().url, '?channel=facts');
    await publishMany(cluster().url, 12, 'facts');
    await until('twelve are counted', async () => /^12 · /.test((await page.locator('#received').textContent()) ?? ''));
    const delay = page.locator('#delay output');
    await until('the delay is told', async () => /^\+\d+ ms$/.test((await delay.textContent()) ?? ''));
    await compose(page, { message: 'ours' });
    await until('it has a bound', async () =>
      /^\+\d+ ms \(quickest ≤ \d+ ms\)$/.test((await delay.textContent()) ?? ''),
    );
    await page.getByRole('button', { name: 'How the delay is measured' }).click();
    expect(await page.locator('#delay-help').isVisible()).toBe(true);
    expect(await page.locator('#delay-help').textContent()).toContain('nobody knows how far the two are apart');
    await until('it was heard', async () => /ago|now/.test((await page.locator('#last-event').textContent()) ?? ''));
    expect(pages.complaints).toEqual([]);
  });

  test.each([
    ['a channel that is too long', `channel=${'x'.repeat(300)}`, 'cannot be used: it has more than 255 bytes'],
    ['too many channels', Array.from({ length: 101 }, (_, i) => `channel=${i}`).join('&'), 'at most 100 channels'],
    ['a start that is no number', 'last=abc', '"last" must be a whole number from 0 to 1000, not "abc".'],
    ['a start too far back', 'last=5000', '"last" must be a whole number from 0 to 1000, not "5000".'],
  ])('State: an address with %s is refused with what to change', async (_, query, why) => {
    const page = await pages.visit(`${cluster().url}/live?${query}`);
    await stateOf(page, 'refused');
    expect(await page.locator('#why').textContent()).toContain(why);
  });
});
