// Three readers of one stream that share no code: eventsource-parser over a plain request, Node's own EventSource, and
// Chromium's. What all of them saw alike is what the standard says of the bytes.

import { Worker } from 'node:worker_threads';
import { type Browser, chromium } from 'playwright-core';
import { type SeenEvent, Subscriber } from '../support/subscriber.ts';
import { program } from '../support/tools.ts';
import { until } from '../support/until.ts';

export interface StreamReader {
  readonly name: string;
  /** All but heartbeats, oldest first; a broken connection is an event `error`. */
  readonly seen: readonly SeenEvent[];
  close(): Promise<unknown>;
}

type Told = readonly [id: string, event: string, data: string];

const CONTROL = ['fanfare:open', 'fanfare:reset', 'fanfare:close', 'error'];

// Both EventSources get these words. They begin where a browser does that has been told nothing.
const LISTEN = `(url, names, tell) => {
  const source = new EventSource(url);
  for (const name of names)
    source.addEventListener(name, ({ lastEventId = '', type, data = '' }) => tell([lastEventId, type, data]));
}`;

/**
 * Opens the three, and resolves when all are subscribed.
 * @param page of the same origin, for the browser
 * @param names of the events to listen to, without `message`
 */
export async function openReaders(
  url: string,
  query: string,
  page: string,
  names: readonly string[],
): Promise<readonly StreamReader[]> {
  const listened = ['message', ...CONTROL, ...names];
  const target = `${url}/stream?${query}`;
  const readers = [
    await openParser(url, query),
    openNode(target, listened),
    await openChromium(target, url + page, listened),
  ];
  await until('three readers are subscribed', () => readers.every(({ seen }) => seen[0]?.event === 'fanfare:open'));
  return readers;
}

async function openParser(url: string, query: string): Promise<StreamReader> {
  const subscriber = await Subscriber.open(url, { query });
  const seen: SeenEvent[] = [];
  const read = async () => {
    while (!subscriber.ended) {
      const event = await subscriber.next();
      if (event.event !== 'fanfare:heartbeat') seen.push(event);
    }
  };
  // Whatever ends it shows as an event that nobody sent.
  read().catch((error: Error) => seen.push({ id: undefined, event: 'error', data: error.message }));
  return { name: 'eventsource-parser', seen, close: async () => subscriber.close() };
}

/** Node's EventSource is behind a flag, which a thread can have for itself. */
function openNode(target: string, names: readonly string[]): StreamReader {
  const script = `const { parentPort, workerData } = require('node:worker_threads');
    (${LISTEN})(...workerData, (told) => parentPort.postMessage(told));`;
  const worker = new Worker(script, {
    eval: true,
    execArgv: ['--experimental-eventsource', '--no-warnings'],
    workerData: [target, names],
  });
  const seen: SeenEvent[] = [];
  worker.on('message', (told: Told) => seen.push(asSeen(told)));
  return { name: 'Node', seen, close: () => worker.terminate() };
}

async function openChromium(target: string, page: string, names: readonly string[]): Promise<StreamReader> {
  const browser: Browser = await chromium.launch({
    executablePath: program('chromium'),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  const seen: SeenEvent[] = [];
  const tab = await browser.newPage();
  await tab.exposeFunction('tell', (told: Told) => void seen.push(asSeen(told)));
  await tab.goto(page);
  await tab.evaluate(`(${LISTEN})(${JSON.stringify(target)}, ${JSON.stringify(names)}, window.tell)`);
  return { name: 'Chromium', seen, close: () => browser.close() };
}

function asSeen([id, event, data]: Told): SeenEvent {
  return { id, event, data };
}
