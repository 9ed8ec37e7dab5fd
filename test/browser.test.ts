// The two pages in a real browser, through nginx and three replicas: what a reader sees, with and without scripts, in both
// languages, and when replicas die.

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Audience, type Cluster, startCluster } from './support/cluster.ts';
import { publish } from './support/publisher.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { describeWith, program } from './support/tools.ts';
import { until } from './support/until.ts';

// A sandbox needs rights that root in a container has not; the rest keeps Chromium from talking to anybody else.
const CALM = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
const ARGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', ...CALM];

let redis: RedisServer;
let cluster: Cluster;
let browser: Browser;
/** What the browser complained about: blocked by the policy, not found, thrown. */
let complaints: string[] = [];

async function visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => {
    if (message.type() !== 'log') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(cluster.url + path);
  return page;
}

/** The live page, subscribed. */
async function watch(path = '/live'): Promise<Page> {
  const page = await visit(path);
  await state(page, 'live');
  return page;
}

function state(page: Page, name: string): Promise<void> {
  return page.locator(`#state[data-state=${name}]`).waitFor();
}

function texts(page: Page): Promise<string[]> {
  return page.locator('#messages .entry .text').allTextContents();
}

/** Waits until the last of `messages` is shown, then expects them all, in this order, once each. */
async function expectShown(page: Page, messages: readonly string[]): Promise<void> {
  await until(`"${messages.at(-1)}" is shown`, async () => (await texts(page)).includes(messages.at(-1) as string));
  expect(await texts(page)).toEqual(messages);
}

async function send(page: Page, message: string): Promise<void> {
  await page.locator('#message').fill(message);
  await page.locator('#send').click();
}

describeWith(['redis-server', 'nginx', 'chromium'], 'the pages in a browser', () => {
  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster({ REDIS_URL: redis.url });
    browser = await chromium.launch({ executablePath: program('chromium'), args: ARGS });
  });

  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    complaints = [];
    await cluster.restore();
  });

  afterAll(async () => {
    await browser?.close();
    await cluster?.stop();
    await redis?.end();
  });

  test('S6: what is sent on / appears once on /live in two tabs that two replicas serve', async () => {
    const tabs = [await watch(), await watch()];
    const [one, other] = await Promise.all(tabs.map((tab) => tab.locator('#replica').textContent()));
    expect(cluster.replicas.map(({ name }) => name)).toEqual(expect.arrayContaining([one, other]));
    expect(one).not.toBe(other);
    const form = await visit('/');
    await send(form, 'with the button');
    await form.locator('#status[data-state=sent]').waitFor();
    await form.locator('#message').fill('with the Enter key');
    await form.locator('#message').press('Enter');
    for (const tab of tabs) await expectShown(tab, ['with the button', 'with the Enter key']);
    expect(await form.locator('#message').inputValue()).toBe('');
    expect(await tabs[0]?.locator('#position').textContent()).toMatch(/^\d+-\d+$/);
    expect(complaints).toEqual([]);
  });

  test('P1: a message for another channel is seen only where that is watched, with its event name', async () => {
    const news = await watch('/live?channel=news&event=flash');
    const usual = await watch();
    const form = await visit('/');
    await form.locator('#channel-details summary').click();
    await form.locator('#channel').fill('news');
    expect(await form.locator('#watch').getAttribute('href')).toBe('/live?channel=news');
    await send(form, 'to the news');
    await expectShown(news, ['to the news']);
    await publish(cluster.url, { channel: ['news', 'messages'], event: 'flash', message: 'named' });
    await publish(cluster.url, { channel: ['news', 'messages'], message: 'to both' });
    await expectShown(news, ['to the news', 'named', 'to both']);
    expect(await news.locator('#messages .event').allTextContents()).toEqual(['flash']);
    await expectShown(usual, ['to both']);
    expect(complaints).toEqual([]);
  });

  test('Pages: / speaks Chinese to a browser that wants it, and English to others', async () => {
    const chinese = await visit('/', { locale: 'zh-CN' });
    expect((await chinese.locator('#send').innerText()).trim()).toBe('发送');
    expect(await chinese.locator('html').getAttribute('lang')).toBe('zh-CN');
    const english = await visit('/');
    expect((await english.locator('#send').innerText()).trim()).toBe('Send');
    expect(await english.locator('html').getAttribute('lang')).toBe('en');
    expect(complaints).toEqual([]);
  });

  test('P3: without scripts the form leads back to /, and its message arrives', async () => {
    const audience = new Audience(cluster.url);
    const { messages, source } = await audience.open('messages');
    const form = await visit('/', { javaScriptEnabled: false });
    expect(await form.locator('#send').innerText()).toMatch(/Send.*发送/);
    const answered = form.waitForResponse((response) => response.url().endsWith('/send'));
    await send(form, 'one & two + 100 %: 号角');
    expect((await answered).status()).toBe(303);
    await form.waitForURL(`${cluster.url}/`);
    await until('the message is there', () => messages.length > 0);
    expect(messages.map(({ data }) => data)).toEqual(['one & two + 100 %: 号角']);
    source.close();
  });

  test('S3: a message is shown as the text that it is: markup stays text, and lines stay lines', async () => {
    const page = await watch();
    const markup = '<img src=x onerror="window.broken = 1"><script>window.broken = 2</script>&amp;';
    const form = await visit('/');
    await send(form, markup);
    await expectShown(page, [markup]);
    await publish(cluster.url, { message: 'first\nsecond\n' });
    await expectShown(page, [markup, 'first\nsecond\n']);
    expect(await page.locator('#messages img, #messages script').count()).toBe(0);
    expect(await page.evaluate('window.broken')).toBeUndefined();
    expect(complaints).toEqual([]);
  });

  test('Pages: / and /live let no inline script run, and the browser says so', async () => {
    for (const path of ['/', '/live']) {
      const page = await visit(path);
      await page.evaluate(`document.body.append(
        Object.assign(document.createElement('script'), { textContent: 'window.broken = 1' }))`);
      expect(await page.evaluate('window.broken')).toBeUndefined();
      await until('the browser complains', () => complaints.length > 0);
      expect(complaints.splice(0).join()).toContain('Content Security Policy');
    }
  });

  test('R2: a tab whose replica is killed resumes on another and misses nothing', async () => {
    const page = await watch();
    const name = await page.locator('#replica').textContent();
    const victim = cluster.replicas.find((replica) => replica.name === name);
    await publish(cluster.url, { message: 'before' });
    await expectShown(page, ['before']);
    await victim?.stop();
    await publish(cluster.url, { message: 'while it is away' });
    await until('another replica serves it', async () => (await page.locator('#replica').textContent()) !== name);
    await publish(cluster.url, { message: 'after' });
    await expectShown(page, ['before', 'while it is away', 'after']);
    await state(page, 'live');
    expect(await page.locator('#messages .notice').count()).toBe(0);
  });

  test('R11: without any replica both pages say so, keep what was typed, and go on when one is back', async () => {
    const page = await watch();
    const form = await visit('/');
    await Promise.all(cluster.replicas.map((replica) => replica.stop()));
    await state(page, 'reconnecting');
    await send(form, 'typed in vain');
    await form.locator('#status[data-state=unconfirmed]').waitFor();
    expect(await form.locator('#message').inputValue()).toBe('typed in vain');
    await Promise.all(cluster.replicas.map((replica) => replica.start()));
    await until('a repetition is taken', async () => {
      await form.locator('#send').click();
      const status = form.locator('#status:not([data-state=sending])');
      return (await status.getAttribute('data-state')) === 'sent';
    });
    await state(page, 'live');
    await expectShown(page, ['typed in vain']);
  });
});
