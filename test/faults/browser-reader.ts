// A subscriber that is nothing but a page's native EventSource in Chromium: what comes back, and with which id, is the
// browser's own doing.

import { chromium } from 'playwright-core';
import type { Id, ResetReason } from '../../src/entry.ts';
import { program } from '../support/tools.ts';
import type { Seen } from './checker.ts';
import type { Watcher } from './cluster-under-fault.ts';

// A sandbox needs rights that root in a container has not; the rest keeps Chromium from talking to anybody else.
const ARGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-quic'];

interface Told {
  readonly type: string;
  readonly id: string;
  readonly data: string;
}

/** Runs in the page. */
const LISTEN = `(channel) => {
  const source = new EventSource('/stream?channel=' + encodeURIComponent(channel));
  const told = ({ type, lastEventId, data }) => void tell({ type, id: lastEventId, data });
  for (const type of ['message', 'fanfare:open', 'fanfare:heartbeat', 'fanfare:reset']) source.addEventListener(type, told);
  source.addEventListener('error', () => {
    void tell({ type: source.readyState === EventSource.CLOSED ? 'closed' : 'error', id: '', data: '' });
  });
}`;

/** @param url of the cluster */
export async function browserReader(url: string, channel: string): Promise<Watcher> {
  const browser = await chromium.launch({ executablePath: program('chromium'), args: ARGS });
  const page = await browser.newPage();
  let cursor: Id | undefined;
  let live = false;
  let seen: Seen[] = [];
  const finals: string[] = [];
  const take = ({ type, id, data }: Told): void => {
    if (type === 'closed') finals.push('the EventSource is closed for ever');
    if (type === 'closed' || type === 'error') {
      live = false;
      return;
    }
    cursor = id as Id;
    if (type === 'message') seen.push({ kind: 'message', id: cursor, body: data });
    else if (type === 'fanfare:open') {
      live = true;
      seen.push({ kind: 'open', id: cursor });
    } else if (type === 'fanfare:reset') {
      const { reason } = JSON.parse(data) as { reason: ResetReason };
      seen.push({ kind: 'reset', id: cursor, reason });
    }
  };
  await page.exposeFunction('tell', take);
  await page.goto(url);
  await page.evaluate(`(${LISTEN})(${JSON.stringify(channel)})`);
  return {
    get cursor() {
      return cursor;
    },
    get live() {
      return live;
    },
    get log() {
      return { name: 'Chromium', channels: [channel], seen };
    },
    finals,
    forget() {
      seen = cursor === undefined ? [] : [{ kind: 'open', id: cursor }];
    },
    close: () => void browser.close(),
  };
}
