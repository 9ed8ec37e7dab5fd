// The picture of the cluster in a real browser: who is there, who dies and who drains, and where the streams go.

import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { Audience } from './support/cluster.ts';
import { pagesOfCluster } from './support/console.ts';
import { startRedis } from './support/redis.ts';
import { startReplica } from './support/replica.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

const lane = (page: Page, name: string, state: string) =>
  page.locator(`#cluster .lane[data-replica="${name}"][data-state=${state}]`);

/** The heights at which notes stand, each lane's as one number: the lane's own. */
function notesByLane(page: Page): Promise<Record<string, number>> {
  return page.evaluate(`(() => {
    const counts = {};
    for (const note of document.querySelectorAll('#cluster .note')) {
      if (note.dataset.kind === 'adrift') continue;
      const lane = Math.floor(Number(note.style.transform.match(/, ([\\d.]+)px/)[1]) / 58);
      counts[lane] = (counts[lane] ?? 0) + 1;
    }
    return counts;
  })()`);
}

const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, each) => sum + each, 0);

describeWith(['redis-server', 'nginx', 'chromium'], 'the picture of the cluster', () => {
  const { pages, cluster } = pagesOfCluster();

  test('H5: each replica has its streams as notes; one that is killed is seen to die, and its streams to move', async () => {
    const audience = new Audience(cluster().url);
    onTestFinished(() => audience.close());
    for (let n = 0; n < 11; n += 1) await audience.open('crowd');
    const page = await pages.watch(cluster().url);
    await until('all twelve streams are drawn', async () => total(await notesByLane(page)) === 12);
    expect(Object.keys(await notesByLane(page))).toEqual(['0', '1', '2']);
    const mine = await page.locator('#replica').textContent();
    expect(await page.locator('#cluster .replica-name', { hasText: 'this page' }).textContent()).toBe(
      `${mine}this page`,
    );
    expect(pages.complaints).toEqual([]);
    // In the order of names, as the picture has them.
    const names = ['one', 'three', 'two'];
    const victim = cluster().replicas.find(({ name }) => name !== mine);
    const dead = names.indexOf(victim?.name as string);
    await victim?.stop();
    await lane(page, victim?.name as string, 'gone').waitFor();
    expect(await page.locator('#cluster .status').textContent()).toBe(
      `Replica ${victim?.name} is gone; its streams come back on the others.`,
    );
    await until('its streams are on the others', async () => {
      const counts = await notesByLane(page);
      return counts[dead] === undefined && total(counts) === 12;
    });
    await victim?.start();
    await lane(page, victim?.name as string, 'there').waitFor();
    const picture = page.getByRole('img', { name: /streams/ });
    expect(await picture.getAttribute('aria-label')).toMatch(/^one: .*; three: .*; two: /);
  });

  test('H5, R9: a replica that drains says so, and then is gone', async () => {
    const audience = new Audience(cluster().url);
    onTestFinished(() => audience.close());
    const page = await pages.watch(cluster().url);
    const mine = await page.locator('#replica').textContent();
    const names = cluster().replicas.map(({ name }) => name);
    await audience.openOnEach(names, 3, 'crowd');
    const leaving = cluster().replicas.find(({ name }) => name !== mine);
    leaving?.process.signal('SIGTERM');
    await lane(page, leaving?.name as string, 'draining').waitFor();
    expect(await page.locator('#cluster .status').textContent()).toContain(
      `Replica ${leaving?.name} is closing its streams`,
    );
    await leaving?.stop();
    await lane(page, leaving?.name as string, 'gone').waitFor();
  });

  test('H5: two replicas that were given one name have a staff each, and neither is taken for this page’s', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.end());
    const named = { REDIS_URL: redis.url, REPLICA: 'same' };
    const [one, other] = [await startReplica(named), await startReplica(named)];
    onTestFinished(async () => {
      await Promise.all([one.stop(), other.stop()]);
    });
    await until('both are ready', async () =>
      (await Promise.all([one, other].map(({ url }) => fetch(`${url}/readyz`)))).every(({ ok }) => ok),
    );
    const audience = new Audience(other.url);
    onTestFinished(() => audience.close());
    for (let n = 0; n < 3; n += 1) await audience.open('crowd');
    const page = await pages.watch(one.url);
    await until('all four streams are drawn', async () => total(await notesByLane(page)) === 4);
    expect(await notesByLane(page)).toEqual({ 0: 1, 1: 3 });
    await page.locator('#cluster .caption', { hasText: 'Replicas: 2. Streams: 4.' }).waitFor();
    expect(await page.locator('#cluster .mine').allTextContents()).toEqual(['', '']);
    expect(pages.complaints).toEqual([]);
  });

  test('H5: a page that nobody can see asks for nothing, and asks at once when it is seen again', async () => {
    const page = await pages.visit('about:blank');
    await page.clock.install();
    await page.addInitScript(`
      Object.defineProperty(document, 'hidden', { get: () => window.isHidden === true });
      window.hide = (hidden) => { window.isHidden = hidden; document.dispatchEvent(new Event('visibilitychange')); };
    `);
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/cluster')) asked += 1;
    });
    await page.goto(`${cluster().url}/live`);
    await page.locator('#cluster .lane').first().waitFor();
    const first = asked;
    await until('it asks again', async () => {
      await page.clock.runFor(1_100);
      return asked > first;
    });
    await page.evaluate('window.hide(true)');
    // What is under way may end; then nothing follows, however long it takes.
    await page.waitForLoadState('networkidle');
    const before = asked;
    for (let minutes = 0; minutes < 3; minutes += 1) await page.clock.runFor(60_000);
    expect(asked).toBe(before);
    await page.evaluate('window.hide(false)');
    await until('it asks', () => asked > before);
  });

  test('Motion: who wants less of it sees notes jump and nothing pulse', async () => {
    const page = await pages.watch(cluster().url, '', { reducedMotion: 'reduce' });
    const moves = `getComputedStyle(document.querySelector('#cluster .note')).transitionDuration`;
    await page.locator('#cluster .note').first().waitFor();
    expect(await page.evaluate(moves)).toBe('0s');
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await page.evaluate(moves)).not.toBe('0s');
  });
});
