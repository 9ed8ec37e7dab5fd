// Tabs of a browser that follow a stream with the client module as it is served, and what they have been given.

import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { until } from './until.ts';

interface Seen {
  readonly ids: readonly string[];
  readonly resets: number;
  readonly states: readonly string[];
  /** Whether the browser has brought the page back as it was. */
  readonly kept: boolean;
  /** When it was last hidden away, which comes before it is frozen. */
  readonly stateWhenHidden: string;
  readonly replica: string;
}

const FOLLOW = `async (options) => {
  const { connect } = await import('/fanfare.js');
  const seen = { ids: [], resets: 0, states: [], kept: false, stateWhenHidden: '', replica: '' };
  const client = connect(options);
  client.on({}, ({ id }) => seen.ids.push(id));
  client.onReset(() => (seen.resets += 1));
  client.onState((name, { replica }) => {
    seen.states.push(name);
    seen.replica = replica ?? seen.replica;
  });
  addEventListener('pagehide', () => (seen.stateWhenHidden = seen.states.at(-1)));
  addEventListener('pageshow', ({ persisted }) => (seen.kept = persisted));
  Object.assign(globalThis, { client, seen });
}`;

/** A page or a worker that follows. */
export class Tab {
  readonly #evaluate: (expression: string) => Promise<unknown>;

  /** Resolves once it is subscribed. */
  static async follow(evaluate: (expression: string) => Promise<unknown>, options: object): Promise<Tab> {
    await evaluate(`(${FOLLOW})(${JSON.stringify(options)})`);
    const tab = new Tab(evaluate);
    await until('the tab is live', async () => (await tab.seen()).states.at(-1) === 'live');
    return tab;
  }

  private constructor(evaluate: (expression: string) => Promise<unknown>) {
    this.#evaluate = evaluate;
  }

  async seen(): Promise<Seen> {
    return (await this.#evaluate('globalThis.seen')) as Seen;
  }

  /** Waits for the last of `ids`, then expects them all, in this order, once each, and no reset. */
  async expectAll(ids: readonly string[]): Promise<void> {
    await until(`the tab has ${ids.at(-1)}`, async () => (await this.seen()).ids.includes(ids.at(-1) as string));
    const { ids: all, resets } = await this.seen();
    expect(all).toEqual(ids);
    expect(resets).toBe(0);
  }
}

export interface PageTab extends Tab {
  readonly page: Page;
}

/** A tab of its own that follows. */
export async function openTab(context: BrowserContext, url: string, options: object): Promise<PageTab> {
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  return Object.assign(await Tab.follow((expression) => page.evaluate(expression), options), { page });
}
