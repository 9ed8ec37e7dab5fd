// A session in a real browser: begun with a token that is pasted into the live page, and ended there.

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Pages, shows, stateOf } from './support/console.ts';
import { publish } from './support/publisher.ts';
import { metric, type RunningReplica, startReplica } from './support/replica.ts';
import { ALL, ASKING, bearer, token } from './support/token.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

async function signIn(page: Page, jwt: string): Promise<void> {
  await page.locator('#token').fill(jwt);
  await page.getByRole('button', { name: 'Begin session' }).click();
}

const said = (page: Page) => page.locator('#access .status').textContent();

describeWith(['chromium'], 'a session on the live page', () => {
  const pages = new Pages();
  let replica: RunningReplica;
  beforeAll(async () => {
    replica = await startReplica({ ...ASKING, RETRY_MS: '50' });
  });
  afterEach(() => pages.closeAll());
  afterAll(async () => {
    await pages.end();
    await replica?.stop();
  });

  test('A2, A4: who is not let in is told why and how, begins a session with a token, and ends it', async () => {
    const page = await pages.visit(`${replica.url}/live?channel=a`);
    await stateOf(page, 'forbidden');
    expect(await page.locator('#why').textContent()).toContain('This needs a token');
    const field = await page.locator('#token').boundingBox();
    expect(field?.y).toBeLessThan(720);
    await signIn(page, await token(ALL));
    await stateOf(page, 'live');
    expect(await page.locator('#why').isVisible()).toBe(false);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Access');
    await publish(replica.url, { channel: 'a', message: 'let in' }, await bearer(ALL));
    await shows(page, ['let in']);
    await page.locator('#messages .line').click();
    await page.getByRole('button', { name: 'Copy as curl' }).waitFor();
    await page.locator('#access summary').click();
    await page.getByRole('button', { name: 'End session' }).click();
    await stateOf(page, 'forbidden');
    expect(await said(page)).toBe('The session has ended.');
  });

  test('A4: the token is nowhere in the page afterwards', async () => {
    const page = await pages.visit(`${replica.url}/live?channel=a`);
    await stateOf(page, 'forbidden');
    const jwt = await token(ALL);
    await signIn(page, jwt);
    await stateOf(page, 'live');
    const kept = await page.evaluate<string>(`JSON.stringify([
      document.cookie, { ...localStorage }, { ...sessionStorage }, location.href, document.documentElement.outerHTML,
      [...document.querySelectorAll('input, textarea')].map((field) => field.value), history.state,
    ])`);
    expect(kept).not.toContain(jwt.split('.')[2]);
    expect(await page.locator('#token').inputValue()).toBe('');
  });

  test('A2: a token that is none, or not good, or does not cover, is refused with what to do', async () => {
    const page = await pages.visit(`${replica.url}/live?channel=a`);
    await stateOf(page, 'forbidden');
    await signIn(page, 'half a token');
    expect(await said(page)).toContain('That is no token');
    await signIn(page, await token(ALL, { expiresIn: -60 }));
    await until('the server says why', async () => /expired/.test((await said(page)) ?? ''));
    await signIn(page, await token({ subscribe: ['b'] }));
    await until('the session begins', async () => (await said(page)) === 'The session has begun.');
    await page.locator('#why', { hasText: 'does not cover the channel "a"' }).waitFor();
    await stateOf(page, 'forbidden');
  });

  test('A4: a session that begins while the page is away for the resume test leaves it away', async () => {
    const page = await pages.visit(`${replica.url}/live?channel=away`);
    await signIn(page, await token(ALL));
    await stateOf(page, 'live');
    await page.locator('#seconds').selectOption('');
    const control = page.locator('#resume form button');
    await control.click();
    await stateOf(page, 'dropped');
    await page.locator('#access').evaluate((access) => access.toggleAttribute('open', true));
    const begun = page.waitForResponse((response) => response.url().endsWith('/session'));
    await signIn(page, await token(ALL));
    await begun;
    await publish(replica.url, { channel: 'away', message: 'missed' }, await bearer(ALL));
    expect(await page.locator('#state').getAttribute('data-state')).toBe('dropped');
    await control.click();
    await page.locator('#resume .result[data-verdict=exact]').waitFor();
    expect(await page.locator('#resume [data-fact=replayed] dd').textContent()).toBe('1');
    // Of a client that nobody closed a stream would be left.
    await control.click();
    await stateOf(page, 'dropped');
    await until('no stream is left', async () => (await metric(replica, 'fanfare_streams')) === 0);
  });

  test('A2: the form page leads who is refused to where a session begins', async () => {
    const page = await pages.visit(replica.url);
    await page.locator('#message').fill('x');
    await page.locator('#send').click();
    await page.getByRole('link', { name: 'Sign in with a token' }).click();
    await page.waitForURL(`${replica.url}/live#access`);
    expect(await page.locator('#token').isVisible()).toBe(true);
  });
});
