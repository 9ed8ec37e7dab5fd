// Access in a real browser: the pages when they are not let in, and pages of another origin.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { publish } from './support/publisher.ts';
import { metric, type RunningReplica, startReplica } from './support/replica.ts';
import { Subscriber } from './support/subscriber.ts';
import { ALL, ASKING, bearer, token } from './support/token.ts';
import { describeWith, program } from './support/tools.ts';
import { until } from './support/until.ts';

async function emptyPages(): Promise<Server> {
  const server = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end('<p>'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describeWith(['chromium'], 'access in a browser', () => {
  let browser: Browser;
  let replica: RunningReplica;
  /** They serve empty pages: other origins, but of the same site, so that no SameSite keeps cookies from them. */
  let others: readonly Server[];
  let friendUrl: string;
  let strangerUrl: string;

  beforeAll(async () => {
    others = [await emptyPages(), await emptyPages()];
    [friendUrl, strangerUrl] = others.map((server) => urlOf(server)) as [string, string];
    replica = await startReplica({ ...ASKING, CORS_ORIGINS: friendUrl, RETRY_MS: '50' });
    browser = await chromium.launch({ executablePath: program('chromium'), args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await replica?.stop();
    for (const server of others ?? []) server.close();
  });

  async function visit(url: string): Promise<Page> {
    const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
    await page.goto(url);
    return page;
  }
  const state = (page: Page, name: string) => page.locator(`#state[data-state=${name}]`).waitFor();

  test('A2, A4: /live says that it is not let in, and goes on by itself once there is a session', async () => {
    const page = await visit(`${replica.url}/live`);
    await state(page, 'forbidden');
    expect(await page.locator('#state').textContent()).toContain('Not allowed');
    const status = await page.evaluate(
      async (jwt) => {
        const headers = { Authorization: `Bearer ${jwt}` };
        return (await fetch('/session', { method: 'POST', headers })).status;
      },
      await token(ALL),
    );
    expect(status).toBe(204);
    expect(await page.evaluate('document.cookie')).toBe('');
    await state(page, 'live');
    await publish(replica.url, { message: 'seen' }, await bearer(ALL));
    await page.locator('#messages .entry .text', { hasText: 'seen' }).waitFor();
  });

  test('A2, A4: the form says why it was not taken, keeps the text, and sends it with a session', async () => {
    const page = await visit(replica.url);
    await page.locator('#message').fill('kept');
    await page.locator('#send').click();
    await page.locator('#status[data-state=refused]').waitFor();
    expect(await page.locator('#status').textContent()).toContain('This needs a token');
    await page.context().addCookies([{ name: 'fanfare_token', value: await token(ALL), url: replica.url }]);
    await page.locator('#send').click();
    await page.locator('#status[data-state=sent]').waitFor();
  });

  test('A3, A9: a page of a named origin listens with a cookie or a ticket, and publishes with a token', async () => {
    const page = await visit(friendUrl);
    await page.context().addCookies([{ name: 'fanfare_token', value: await token(ALL), url: replica.url }]);
    const seen = page.evaluate(
      async ({ url, jwt }) => {
        const headers = { Authorization: `Bearer ${jwt}` };
        const answer = await fetch(`${url}/ticket`, { method: 'POST', headers });
        const { ticket } = (await answer.json()) as { ticket: string };
        const sources = [
          new EventSource(`${url}/stream?channel=a`, { withCredentials: true }),
          new EventSource(`${url}/stream?channel=a&ticket=${ticket}`),
        ];
        const opened = (source: EventSource) =>
          new Promise((resolve) => source.addEventListener('fanfare:open', resolve));
        const heard = (source: EventSource) =>
          new Promise<string>((resolve) => {
            source.onmessage = ({ data }) => resolve(data as string);
          });
        const all = sources.map(heard);
        await Promise.all(sources.map(opened));
        await fetch(`${url}/send`, {
          method: 'POST',
          headers: { ...headers, 'Content-Type': 'application/json', 'Idempotency-Key': 'once' },
          body: JSON.stringify({ channel: 'a', message: 'across' }),
        });
        return Promise.all(all);
      },
      { url: replica.url, jwt: await token(ALL) },
    );
    expect(await seen).toEqual(['across', 'across']);
  });

  test('A9, C2: a page of a named origin follows with the client module, with a cookie or with tickets', async () => {
    const page = await visit(friendUrl);
    const jwt = await token(ALL);
    await page.context().addCookies([{ name: 'fanfare_token', value: jwt, url: replica.url }]);
    await page.evaluate(`(async () => {
      const { connect } = await import('${replica.url}/fanfare.js');
      const ticket = async () => {
        const answer = await fetch('${replica.url}/ticket', { method: 'POST', headers: { Authorization: 'Bearer ${jwt}' } });
        return (await answer.json()).ticket;
      };
      globalThis.seen = [];
      for (const options of [{ withCredentials: true }, { ticket }]) {
        const client = connect({ url: '${replica.url}/stream', shared: false, ...options });
        client.on('messages', ({ data }) => seen.push(data));
        await new Promise((live) => client.onState((name) => name === 'live' && live()));
      }
    })()`);
    await publish(replica.url, { message: 'across' }, await bearer(ALL));
    await until('both have it', async () => ((await page.evaluate('seen.length')) as number) === 2);
    expect(await page.evaluate('seen')).toEqual(['across', 'across']);
  });

  test('A8, A9: a page of any other origin neither listens nor publishes with the cookie', async () => {
    const page = await visit(strangerUrl);
    await page.context().addCookies([{ name: 'fanfare_token', value: await token(ALL), url: replica.url }]);
    const stream = await Subscriber.open(replica.url, { headers: await bearer(ALL) });
    onTestFinished(() => stream.close());
    expect(await stream.next()).toMatchObject({ event: 'fanfare:open' });
    const outcome = await page.evaluate(async (url) => {
      const source = new EventSource(`${url}/stream`, { withCredentials: true });
      await new Promise((resolve) => source.addEventListener('error', resolve));
      const body = new URLSearchParams({ message: 'forged' });
      // A plain form needs no preflight: it arrives, with the cookie.
      await fetch(`${url}/send`, { method: 'POST', body, credentials: 'include', mode: 'no-cors' }).catch(
        () => undefined,
      );
      return source.readyState;
    }, replica.url);
    expect(outcome).toBe(2);
    expect(await metric(replica, 'fanfare_access_refused_total{reason="origin"}')).toBe(1);
    await publish(replica.url, { message: 'ours' }, await bearer(ALL));
    expect(await stream.next()).toMatchObject({ data: 'ours' });
  });
});
