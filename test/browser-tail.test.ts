// The live tail in a real browser: paused, filtered, opened, copied, and driven by the keyboard.

import { expect, test } from 'vitest';
import { pagesOfCluster, rowOf, shows, stateOf, texts } from './support/console.ts';
import { publish, publishAll } from './support/publisher.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

describeWith(['redis-server', 'nginx', 'chromium'], 'the live tail', () => {
  const { pages, cluster } = pagesOfCluster();
  const send = (fields: object) => publish(cluster().url, fields);

  test('Tail: paused it stands still and counts what waits; going on, it shows that', async () => {
    const page = await pages.watch(cluster().url, '?channel=pause');
    await send({ channel: 'pause', message: 'before' });
    await shows(page, ['before']);
    await page.locator('#pause').click();
    for (const message of ['a', 'b', 'c']) await send({ channel: 'pause', message });
    await until('three wait', async () => (await page.locator('#pause').textContent()) === 'Go on (3 waiting)');
    expect(await texts(page)).toEqual(['before']);
    await page.locator('#pause').click();
    await shows(page, ['before', 'a', 'b', 'c']);
    expect(await page.locator('#pause').textContent()).toBe('Pause');
    expect(pages.complaints).toEqual([]);
  });

  test('Tail: a text filters what is there and what comes, and what it hides is still there', async () => {
    const page = await pages.watch(cluster().url, '?channel=filter');
    await publishAll(
      cluster().url,
      ['Apple', 'pear', 'pineapple'].map((message) => ({ channel: 'filter', message })),
    );
    await shows(page, ['Apple', 'pear', 'pineapple']);
    await page.locator('#filter').fill('aPPle');
    await shows(page, ['Apple', 'pineapple']);
    await send({ channel: 'filter', message: 'plum' });
    await send({ channel: 'filter', message: 'apple pie' });
    await shows(page, ['Apple', 'pineapple', 'apple pie']);
    expect(await page.locator('#shown').textContent()).toBe('3 of 5 kept shown');
    await page.locator('#filter').fill('nothing has this');
    await page.locator('.waiting', { hasText: 'filtered out' }).waitFor();
    await page.locator('#filter').fill('');
    await shows(page, ['Apple', 'pear', 'pineapple', 'plum', 'apple pie']);
  });

  test('Tail: a named event is offered with its number, shown when it is chosen, and the address says so', async () => {
    const page = await pages.watch(cluster().url, '?channel=names');
    await send({ channel: 'names', event: 'paid', message: 'named' });
    await send({ channel: 'names', message: 'unnamed' });
    await shows(page, ['unnamed']);
    const paid = page.locator('#events button', { hasText: 'paid' });
    expect(await paid.textContent()).toBe('paid1');
    expect(await paid.getAttribute('aria-pressed')).toBe('false');
    await paid.click();
    await shows(page, ['named', 'unnamed']);
    expect(new URL(page.url()).search).toBe('?channel=names&event=paid');
    await page.locator('#events button', { hasText: 'unnamed' }).click();
    await shows(page, ['named']);
    await page.reload();
    await stateOf(page, 'live');
    await send({ channel: 'names', event: 'paid', message: 'after' });
    await shows(page, ['after']);
  });

  test('Tail: events of very many names have one button together', async () => {
    const page = await pages.watch(cluster().url, '?channel=many');
    await publishAll(
      cluster().url,
      Array.from({ length: 30 }, (_, i) => ({ channel: 'many', event: `e${i}`, message: `m${i}` })),
    );
    await page.locator('#events button', { hasText: 'all other names' }).click();
    await until(
      'all others are shown',
      async () => (await page.locator('#shown').textContent()) === '15 of 30 kept shown',
    );
    expect(await page.locator('#events button').count()).toBe(17);
    expect(new URL(page.url()).search).toBe('?channel=many');
  });

  test('Tail: an opened message tells all, as JSON, text and block, and can be taken as text and as curl', async () => {
    const page = await pages.watch(cluster().url, '?channel=open&event=paid');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const message = '{"order":17,"note":"it\'s"}';
    const id = await send({ channel: 'open', event: 'paid', message });
    const row = rowOf(page, message);
    await row.locator('.line').click();
    const facts = await row.locator('.fields dd').allTextContents();
    expect([facts[0], facts[2], facts[3], facts[4]]).toEqual([id, 'open', 'paid', '26 bytes']);
    const whole = row.locator('.whole');
    expect(await whole.textContent()).toBe('{\n  "order": 17,\n  "note": "it\'s"\n}');
    await row.getByRole('button', { name: 'As streamed' }).click();
    expect(await whole.textContent()).toBe(`id: ${id}\nevent: paid\ndata: ${message}`);
    await row.getByRole('button', { name: 'Text', exact: true }).click();
    expect(await whole.textContent()).toBe(message);
    const clipboard = () => page.evaluate('navigator.clipboard.readText()');
    await row.getByRole('button', { name: 'Copy text' }).click();
    await until('the text is copied', async () => (await clipboard()) === message);
    await row.getByRole('button', { name: 'Copy as curl' }).click();
    const body = `{"channel":"open","event":"paid","message":"{\\"order\\":17,\\"note\\":\\"it'\\''s\\"}"}`;
    const command = `curl -H 'Content-Type: application/json' -d '${body}' '${cluster().url}/send'`;
    await until('the command is copied', async () => (await clipboard()) === command);
    await row.locator('.line').click();
    expect(await row.locator('.detail').count()).toBe(0);
    expect(pages.complaints).toEqual([]);
  });

  test('Tail: the keyboard leads from row to row, opens one, goes into it and out again', async () => {
    const page = await pages.watch(cluster().url, '?channel=keys');
    await publishAll(
      cluster().url,
      ['one', 'two', 'three'].map((message) => ({ channel: 'keys', message })),
    );
    await shows(page, ['one', 'two', 'three']);
    const focused = () => page.evaluate("document.activeElement.closest('.entry')?.querySelector('.text').textContent");
    await page.locator('#messages').focus();
    await page.keyboard.press('ArrowUp');
    expect(await focused()).toBe('three');
    await page.keyboard.press('Home');
    expect(await focused()).toBe('one');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('two');
    await page.keyboard.press('Enter');
    const opener = rowOf(page, 'two').locator('.opener');
    expect(await opener.getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Text');
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement.className')).toBe('opener');
    await page.keyboard.press('Enter');
    expect(await opener.getAttribute('aria-expanded')).toBe('false');
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement.id')).toBe('messages');
    expect(pages.complaints).toEqual([]);
  });
});
