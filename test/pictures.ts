// Pictures of the pages with something on them, for looking at: `npm run pictures -- FOLDER`. Both pages, at the width of a
// phone and of a desk, light and dark, in both languages, and the live page while a replica dies. Two of them stand in the
// README.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { Audience, type Cluster, startCluster } from './support/cluster.ts';
import { postJson } from './support/publisher.ts';
import { startRedis } from './support/redis.ts';
import { program } from './support/tools.ts';
import { until } from './support/until.ts';

const FOLDER = process.argv[2] ?? join(import.meta.dirname, '.tmp/pictures');
const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1440, height: 900 } } as const;
const LIVE = '/live?channel=orders&channel=alerts&channel=messages&event=paid&event=shipped&last=200';
const EVERY_MS = 120;

const CITIES = ['Lisbon', 'Kyoto', 'Oslo', 'Nairobi', 'Quito', '成都'];
const NEWS = [
  'The 10:40 to Leeds leaves from platform 4',
  'Good morning, everybody',
  'Backups finished: 412 GB in 18 minutes',
  '早上好，今天的站会十点开始',
  'Ann is typing a long message, which tells how the new warehouse went through its first night without a single retry',
];

/** A message of a shop's ordinary day. */
function message(n: number): object {
  const order = 1_000 + Math.floor(n / 3);
  if (n % 7 === 3) return { channel: 'messages', message: NEWS[((n / 7) % NEWS.length) | 0] };
  if (n % 11 === 5)
    return { channel: 'alerts', message: { level: 'warn', queue: 'mail', waiting: 40 + (n % 60), host: `mx${n % 3}` } };
  const event = n % 3 === 0 ? 'paid' : n % 3 === 1 ? 'shipped' : undefined;
  const city = CITIES[n % CITIES.length];
  return {
    channel: n % 5 === 0 ? ['orders', 'alerts'] : 'orders',
    ...(event !== undefined && { event }),
    message: { order, items: 1 + (n % 4), total: 19.9 + (n % 50), city },
  };
}

/** Sends until it is ended. */
function publisher(url: string): () => Promise<void> {
  let going = true;
  const sending = (async () => {
    for (let n = 0; going; n += 1) {
      await postJson(url, message(n)).catch(() => undefined);
      await wait(EVERY_MS * (0.4 + Math.random() * 1.2));
    }
  })();
  return () => {
    going = false;
    return sending;
  };
}

interface Look {
  readonly size: keyof typeof SIZES;
  readonly colorScheme: 'light' | 'dark';
  readonly locale: string;
}

const LOOKS: readonly Look[] = (['desk', 'phone'] as const).flatMap((size) =>
  (['light', 'dark'] as const).flatMap((colorScheme) =>
    ['en-GB', 'zh-CN'].map((locale) => ({ size, colorScheme, locale })),
  ),
);

async function visit(browser: Browser, cluster: Cluster, path: string, look: Look): Promise<Page> {
  const { size, ...rest } = look;
  const context = await browser.newContext({ ...rest, viewport: SIZES[size] });
  const page = await context.newPage();
  await page.goto(cluster.url + path);
  return page;
}

async function take(page: Page, name: string, { size, colorScheme, locale }: Look): Promise<void> {
  const file = join(FOLDER, `${name}-${size}-${colorScheme}-${locale.slice(0, 2)}.png`);
  await page.screenshot({ path: file, fullPage: size === 'phone' });
  process.stdout.write(`${file}\n`);
}

async function takeForm(browser: Browser, cluster: Cluster, look: Look): Promise<void> {
  const page = await visit(browser, cluster, '/', look);
  await page.locator('#message').fill('The doors open at nine');
  await page.locator('#send').click();
  await page.locator('#status[data-state=sent]').waitFor();
  await take(page, 'form', look);
  await page.context().close();
}

async function takeLive(browser: Browser, cluster: Cluster, look: Look): Promise<void> {
  const page = await visit(browser, cluster, LIVE, look);
  await page.locator('#state[data-state=live]').waitFor();
  await page.locator('#send-message').fill('Ready for the evening?');
  await page.locator('#send-form [type=submit]').click();
  await page.locator('#send-form .status[data-state=sent]').waitFor();
  await until('the delay has been seen for a while', async () => {
    const bars = page.locator('.sparkline rect:not([height="0"])');
    return (await bars.count()) > 12;
  });
  await take(page, 'live', look);
  await page.locator('#messages .entry .opener').nth(-8).click();
  await page.locator('.detail').waitFor();
  await take(page, 'live-open', look);
  await page.context().close();
}

/** The page while a replica is killed, and after its connection was dropped. */
async function takeDrama(browser: Browser, cluster: Cluster, look: Look): Promise<void> {
  const page = await visit(browser, cluster, LIVE, look);
  await page.locator('#state[data-state=live]').waitFor();
  await page.locator('#seconds').selectOption('5');
  await page.locator('#resume button').click();
  await page.locator('#resume .result[data-verdict]').waitFor();
  const name = await page.locator('#replica').textContent();
  await cluster.replicas.find((replica) => replica.name !== name)?.stop();
  await page.locator('.lane[data-state=gone]').waitFor();
  await take(page, 'live-killed', look);
  await page.locator('#resume').scrollIntoViewIfNeeded();
  await take(page, 'live-resumed', look);
  await page.context().close();
  await cluster.restore();
}

await mkdir(FOLDER, { recursive: true });
const redis = await startRedis();
const cluster = await startCluster({ REDIS_URL: redis.url });
const browser = await chromium.launch({ executablePath: program('chromium'), args: ['--no-sandbox', '--disable-gpu'] });
const audience = new Audience(cluster.url);
for (let n = 0; n < 40; n += 1) await audience.open(n % 3 === 0 ? 'alerts' : 'orders');
const stopSending = publisher(cluster.url);
try {
  for (const look of LOOKS) {
    await takeForm(browser, cluster, look);
    await takeLive(browser, cluster, look);
  }
  for (const look of LOOKS.filter(({ locale, colorScheme }) => locale === 'en-GB' && colorScheme === 'dark'))
    await takeDrama(browser, cluster, look);
} finally {
  await stopSending();
  audience.close();
  await browser.close();
  await cluster.stop();
  await redis.end();
}
