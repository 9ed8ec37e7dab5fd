// Tabs that are driven by Chromium's own protocol alone: Playwright tells each of its pages that it is in front, and a page
// in front is never frozen.

import { chromium } from 'playwright-core';
import { freePort } from './redis.ts';
import { program } from './tools.ts';
import { until } from './until.ts';

interface Answer {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

type Send = (method: string, params?: object, sessionId?: string) => Promise<Readonly<Record<string, unknown>>>;

export interface BareTab {
  evaluate(expression: string): Promise<unknown>;
  freeze(): Promise<unknown>;
  thaw(): Promise<unknown>;
}

export interface BareBrowser {
  open(url: string): Promise<BareTab>;
  close(): Promise<void>;
}

export async function startBareBrowser(args: readonly string[]): Promise<BareBrowser> {
  const port = await freePort();
  const browser = await chromium.launch({
    executablePath: program('chromium'),
    args: [...args, `--remote-debugging-port=${port}`],
  });
  const version = await (await fetch(`http://127.0.0.1:${port}/json/version`)).json();
  const socket = new WebSocket((version as { webSocketDebuggerUrl: string }).webSocketDebuggerUrl);
  await new Promise((opened) => socket.addEventListener('open', opened));
  const send = talk(socket);
  const { browserContextId } = await send('Target.createBrowserContext');
  async function open(url: string): Promise<BareTab> {
    const { targetId } = await send('Target.createTarget', { url, browserContextId });
    const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
    const opened = tab((method, params) => send(method, params, sessionId as string));
    // Until its document is there it cannot be asked.
    const loaded = `location.href === '${url}/' && document.readyState === 'complete'`;
    await until(`${url} is loaded`, () => opened.evaluate(loaded).then(Boolean, () => false));
    return opened;
  }
  async function close(): Promise<void> {
    socket.close();
    await browser.close();
  }
  return { open, close };
}

function talk(socket: WebSocket): Send {
  const asked = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(data as string) as Answer;
    if (answer.id !== undefined) asked.get(answer.id)?.(answer);
  });
  return async (method, params = {}, sessionId) => {
    const id = asked.size + 1;
    const answered = new Promise<Answer>((resolve) => asked.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result, error } = await answered;
    if (result === undefined) throw new Error(`${method}: ${error?.message}`);
    return result;
  };
}

function tab(send: Send): BareTab {
  const setState = (state: string) => send('Page.setWebLifecycleState', { state });
  return {
    async evaluate(expression) {
      const { result, exceptionDetails } = await send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value: unknown }).value;
    },
    freeze: () => setState('frozen'),
    thaw: () => setState('active'),
  };
}
