// Pictures of the pages with something on them, for looking at: `npm run pictures -- FOLDER`. Both pages, at the width of a
// phone and of a desk, light and dark, in both languages, and the live page while a replica dies. Two of them stand in the
// README, made anew by `npm run pictures -- deploy readme`.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { Audience, type Cluster, startCluster } from './support/cluster.ts';
import { postJson } from './support/publisher.ts';
import { startRedis } from './support/redis.ts';
import { program } from './support/tools.ts';
import { until } from './support/until.ts';

const [, , FOLDER = join(import.meta.dirname, '.tmp/pictures'), only] = process.argv;
const SIZES = {
  phone: { width: 390, height: 844 },
  desk: { width: 1440, height: 900 },
  readme: { width: 1440, height: 1100 },
} as const;
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

const bars = (page: Page) => page.locator('.sparkline rect:not([height="0"])').count();

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
  await until('the delay has been seen for a while', async () => (await bars(page)) > 12);
  await take(page, 'live', look);
  await page.locator('#messages .entry .opener').nth(-8).click();
  await page.locator('.detail').waitFor();
  await take(page, 'live-open', look);
  await page.context().close();
}

/** A third as large as the PNG, by what the browser has itself. */
async function asWebp(browser: Browser, png: Buffer): Promise<Buffer> {
  const page = await browser.newPage();
  const url = await page.evaluate<string>(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png.toString('base64')}';
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.9);
  })()`);
  await page.close();
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

/** What the README shows: some minutes' work of the page, with nothing cut off. */
async function takeForReadme(browser: Browser, cluster: Cluster, colorScheme: 'light' | 'dark'): Promise<void> {
  const page = await visit(browser, cluster, LIVE, { size: 'readme', colorScheme, locale: 'en-GB' });
  await page.locator('#state[data-state=live]').waitFor();
  await page.locator('#send-message').fill('Ready for the evening?');
  await page.locator('#send-form [type=submit]').click();
  await page.locator('#send-form .status[data-state=sent]').waitFor();
  await until('the delay has been seen for a minute', async () => (await bars(page)) > 50, 90_000);
  await page.evaluate('document.activeElement.blur()');
  await writeFile(join(FOLDER, `live-${colorScheme}.webp`), await asWebp(browser, await page.screenshot()));
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

async function takeAll(browser: Browser, cluster: Cluster): Promise<void> {
  for (const look of LOOKS) {
    await takeForm(browser, cluster, look);
    await takeLive(browser, cluster, look);
  }
  for (const size of ['desk', 'phone'] as const)
    await takeDrama(browser, cluster, { size, colorScheme: 'dark', locale: 'en-GB' });
}

await mkdir(FOLDER, { recursive: true });
const redis = await startRedis();
const cluster = await startCluster({ REDIS_URL: redis.url });
const browser = await chromium.launch({ executablePath: program('chromium'), args: ['--no-sandbox', '--disable-gpu'] });
const audience = new Audience(cluster.url);
for (let n = 0; n < 40; n += 1) await audience.open(n % 3 === 0 ? 'alerts' : 'orders');
const stopSending = publisher(cluster.url);
try {
  if (only === 'readme')
    await Promise.all((['light', 'dark'] as const).map((scheme) => takeForReadme(browser, cluster, scheme)));
  else await takeAll(browser, cluster);
} finally {
  await stopSending();
  audience.close();
  await browser.close();
  await cluster.stop();
  await redis.end();
}
