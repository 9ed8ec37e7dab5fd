// The client module in Chromium's tabs, through nginx and three replicas: one connection for all of them, and no gap and no
// double in any, whatever happens to the tab that holds it.

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BareBrowser, type BareTab, startBareBrowser } from './support/bare-browser.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { publish, publishMany } from './support/publisher.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { metric } from './support/replica.ts';
import { openTab, type PageTab, Tab } from './support/tabs.ts';
import { describeWith, program } from './support/tools.ts';
import { until } from './support/until.ts';

// A sandbox needs rights that root in a container has not; the rest keeps Chromium from talking to anybody else.
const CALM = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
const ARGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', ...CALM];
const HEARTBEAT_MS = 500;
const FOLLOWING = { heartbeatMs: HEARTBEAT_MS };

describeWith(['redis-server', 'nginx', 'chromium'], 'the client module in a browser', () => {
  let redis: RedisServer;
  let cluster: Cluster;
  let browser: Browser;
  let context: BrowserContext;
  let bare: BareBrowser | undefined;

  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster({ REDIS_URL: redis.url, HEARTBEAT_MS: String(HEARTBEAT_MS) });
    // Playwright keeps no pages for Back otherwise.
    const ignoreDefaultArgs = ['--disable-back-forward-cache'];
    browser = await chromium.launch({ executablePath: program('chromium'), args: ARGS, ignoreDefaultArgs });
  });

  beforeEach(async () => {
    context = await browser.newContext();
  });

  afterEach(async () => {
    await context.close();
    await bare?.close();
    await cluster.restore();
    await streams(0);
  });

  afterAll(async () => {
    await browser?.close();
    await cluster?.stop();
    await redis?.end();
  });

  /** Waits until so many streams are open on all running replicas together. */
  async function streams(count: number): Promise<void> {
    const running = () => cluster.replicas.filter((replica) => replica.process.running);
    await until(`the cluster serves ${count}`, async () => {
      const each = await Promise.all(running().map((replica) => metric(replica, 'fanfare_streams')));
      return each.reduce((sum, some) => sum + some, 0) === count;
    });
  }

  /** Three tabs that share one connection, which the first one holds. */
  async function openTabs(): Promise<readonly [PageTab, PageTab, PageTab]> {
    const open = () => openTab(context, cluster.url, FOLLOWING);
    const tabs = [await open(), await open(), await open()] as const;
    await streams(1);
    return tabs;
  }

  test('C3, R2: three tabs use one connection, and when its replica is killed, none misses anything', async () => {
    const tabs = await openTabs();
    const ids = await publishMany(cluster.url, 10, 'messages');
    for (const tab of tabs) await tab.expectAll(ids);
    const { replica } = await tabs[1].seen();
    const victim = cluster.replicas.find(({ name }) => name === replica);
    await victim?.stop();
    ids.push(...(await publishMany(cluster.url, 10, 'messages')));
    for (const tab of tabs) {
      await tab.expectAll(ids);
      await until('another serves it', async () => (await tab.seen()).replica !== replica);
    }
    await streams(1);
  });

  test.each<[how: string, end: (tab: PageTab) => Promise<unknown>]>([
    ['is closed', ({ page }) => page.close()],
    ['crashes', ({ page }) => crash(page)],
    ['goes to another page', ({ page }) => page.goto(`${cluster.url}/live?channel=elsewhere`)],
  ])('C3: the tab that holds the connection %s, and the others miss nothing', async (_how, end) => {
    const [leader, ...others] = await openTabs();
    const sending = publishMany(cluster.url, 3_000, 'messages');
    await until('it is amid messages', async () => (await leader.seen()).ids.length > 0);
    await end(leader);
    const ids = await sending;
    for (const tab of others) await tab.expectAll(ids);
  });

  test('C3: the tab that holds the connection hangs; another takes over, and nothing comes twice when it is back', async () => {
    const [leader, ...others] = await openTabs();
    const ids = await publishMany(cluster.url, 10, 'messages');
    for (const tab of others) await tab.expectAll(ids);
    // A cookie can be set from outside while the page does nothing but look for it.
    const hung = leader.page.evaluate("while (!document.cookie.includes('enough')) continue;");
    ids.push(await publish(cluster.url, { message: 'while it hangs' }));
    for (const tab of others) await tab.expectAll(ids);
    ids.push(...(await publishMany(cluster.url, 10, 'messages')));
    for (const tab of others) await tab.expectAll(ids);
    await context.addCookies([{ name: 'enough', value: 'yes', url: cluster.url }]);
    await hung;
    ids.push(await publish(cluster.url, { message: 'after' }));
    for (const tab of [leader, ...others]) await tab.expectAll(ids);
    await streams(1);
  });

  test('C4: a tab that is frozen lets another lead, and has all once it goes on', async () => {
    bare = await startBareBrowser(ARGS);
    const pages = [await bare.open(cluster.url), await bare.open(cluster.url)] as const;
    const [leader, other] = [await followIn(pages[0]), await followIn(pages[1])];
    await streams(1);
    await pages[0].freeze();
    const ids = await publishMany(cluster.url, 10, 'messages');
    await other.expectAll(ids);
    await pages[0].thaw();
    await leader.expectAll(ids);
    expect((await leader.seen()).states).toContain('paused');
    ids.push(await publish(cluster.url, { message: 'after' }));
    for (const tab of [leader, other]) await tab.expectAll(ids);
    await streams(1);
  });

  test('C4: a page that is kept for Back has no connection there, and has all when it is back', async () => {
    const tab = await openTab(context, cluster.url, FOLLOWING);
    const ids = await publishMany(cluster.url, 10, 'messages');
    await tab.expectAll(ids);
    await tab.page.goto(`${cluster.url}/favicon.svg`);
    await streams(0);
    ids.push(await publish(cluster.url, { message: 'meanwhile' }));
    await tab.page.goBack({ waitUntil: 'commit' });
    await tab.expectAll(ids);
    expect(await tab.seen()).toMatchObject({ kept: true, stateWhenHidden: 'paused' });
  });

  test('C5: a worker follows, and shares with the tabs', async () => {
    const [leader] = await openTabs();
    await context.route('**/worker.js', (route) => route.fulfill({ contentType: 'text/javascript', body: '' }));
    const [worker] = await Promise.all([
      leader.page.waitForEvent('worker'),
      leader.page.evaluate("globalThis.worker = new Worker('/worker.js', { type: 'module' })"),
    ]);
    const follower = await Tab.follow((expression) => worker.evaluate(expression), FOLLOWING);
    const ids = await publishMany(cluster.url, 10, 'messages');
    for (const each of [leader, follower]) await each.expectAll(ids);
    await streams(1);
  });
});

const followIn = ({ evaluate }: BareTab) => Tab.follow(evaluate, FOLLOWING);

async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash');
  const session = await page.context().newCDPSession(page);
  // It is never answered.
  void session.send('Page.crash').catch(() => undefined);
  await crashed;
}
