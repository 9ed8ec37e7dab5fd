// The live page in a real browser, through nginx and three replicas, for the tests of all its parts.

import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Cluster, startCluster } from './cluster.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { program } from './tools.ts';
import { until } from './until.ts';

// A sandbox needs rights that root in a container has not; the rest keeps Chromium from talking to anybody else.
const CALM = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
const ARGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', ...CALM];

function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: program('chromium'), args: ARGS });
}

export class Pages {
  #browser: Browser | undefined;
  /** What the browser complained about: blocked by the policy, not found, thrown. */
  complaints: string[] = [];

  /** A page, and one more tab where `context` is another page's. */
  async visit(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    this.#browser ??= await launch();
    const context = await this.#browser.newContext({ locale: 'en-GB', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    await page.goto(url);
    return page;
  }

  /** The live page at `origin`, subscribed. */
  async watch(origin: string, query = '', options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.visit(`${origin}/live${query}`, options);
    await stateOf(page, 'live');
    return page;
  }

  async closeAll(): Promise<void> {
    for (const context of this.#browser?.contexts() ?? []) await context.close();
    this.complaints = [];
  }

  async end(): Promise<void> {
    await this.#browser?.close();
  }
}

/** A cluster and a browser for the tests of a file, which find all replicas up and no page open. */
export function pagesOfCluster(): { readonly pages: Pages; readonly cluster: () => Cluster } {
  const pages = new Pages();
  let redis: RedisServer | undefined;
  let cluster: Cluster | undefined;
  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster({ REDIS_URL: redis.url });
  });
  afterEach(async () => {
    await pages.closeAll();
    await cluster?.restore();
  });
  afterAll(async () => {
    await pages.end();
    await cluster?.stop();
    await redis?.end();
  });
  return { pages, cluster: () => cluster as Cluster };
}

export function stateOf(page: Page, name: string): Promise<void> {
  return page.locator(`#state[data-state=${name}]`).waitFor();
}

/** The texts of the rows in view. */
export function texts(page: Page): Promise<string[]> {
  return page.locator('#messages .entry .text').allTextContents();
}

/** Waits until exactly these are shown, in this order. */
export async function shows(page: Page, messages: readonly string[]): Promise<void> {
  let seen: readonly string[] = [];
  const same = async () => {
    seen = await texts(page);
    return JSON.stringify(seen) === JSON.stringify(messages);
  };
  await until('these are shown', same).catch(() => expect(seen).toEqual(messages));
}

/** The row that shows a text. */
export function rowOf(page: Page, text: string): Locator {
  return page.locator('#messages .entry', { has: page.locator('.text', { hasText: text }) });
}
