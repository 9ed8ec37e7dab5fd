// How access ends while a stream is open: with its token, or because somebody was kicked.

import { expect, test } from 'vitest';
import { CLOCK_SKEW_MS } from '../src/access/identity.ts';
import { ask } from './support/ask.ts';
import { onEachBus } from './support/bracket.ts';
import { postJson, problemDetail, publish } from './support/publisher.ts';
import { metric } from './support/replica.ts';
import { ALL, ASKING, bearer } from './support/token.ts';
import { until } from './support/until.ts';

const LISTENS = { subscribe: ['*'] };

onEachBus('The end of access', (bracket) => {
  test('A5: a stream ends with its token, and goes on without a gap with a new one', async () => {
    const replica = await bracket.start(ASKING);
    const { url } = replica;
    const headers = await bearer(LISTENS, { expiresIn: 2 });
    const stream = await bracket.open(url, { headers });
    const stays = await bracket.open(url, { headers: await bearer(LISTENS) });
    const first = await publish(url, { message: 'first' }, await bearer(ALL));
    const events = await stream.rest();
    expect(events.slice(1)).toMatchObject([
      { id: first, data: 'first' },
      { event: 'fanfare:close', data: '{"reason":"expired"}' },
    ]);
    expect(await metric(replica, 'fanfare_streams_closed_total{reason="expired"}')).toBe(1);
    const cursor = { 'Last-Event-ID': stream.lastEventId as string };
    expect(problemDetail(await ask(`${url}/stream`, { headers: { ...headers, ...cursor } }), 401)).toContain('expired');
    const second = await publish(url, { message: 'second' }, await bearer(ALL));
    const back = await bracket.open(url, { headers: { ...(await bearer(LISTENS)), ...cursor } });
    expect((await back.take(2))[1]).toMatchObject({ id: second });
    expect((await stays.take(3)).map(({ id }) => id)).toMatchObject([expect.any(String), first, second]);
  });

  test('A5: it ends at the time that the token says, neither before nor much later', async () => {
    const { url } = await bracket.start({ ...ASKING, HEARTBEAT_MS: '600000' });
    const headers = await bearer(LISTENS, { expiresIn: 2 });
    const ends = (Math.floor(Date.now() / 1_000) + 2) * 1_000;
    const stream = await bracket.open(url, { headers });
    await stream.rest();
    expect(Date.now()).toBeGreaterThanOrEqual(ends);
  });

  test('A6: who is kicked is out on every replica, with all that was issued before, and nobody else is', async () => {
    const [a, b] = await bracket.pair(ASKING);
    const headers = await bearer({ ...LISTENS, publish: ['*'], sub: 'eve' });
    const ticket = JSON.parse((await ask(`${a.url}/ticket`, { method: 'POST', headers })).text).ticket as string;
    const eves = [await bracket.open(a.url, { headers }), await bracket.open(b.url, { headers })];
    const anns = await bracket.open(b.url, { headers: await bearer(LISTENS) });
    const kicked = await ask(`${a.url}/streams?subject=eve`, { method: 'DELETE', headers: await bearer(ALL) });
    expect(kicked).toMatchObject({ status: 204, text: '' });
    const kickedAt = Date.now();
    for (const stream of eves)
      expect((await stream.rest()).at(-1)).toMatchObject({ event: 'fanfare:close', data: '{"reason":"kicked"}' });
    for (const { url } of [a, b]) {
      expect(problemDetail(await ask(`${url}/stream`, { headers }), 401)).toContain('revoked');
      problemDetail(await postJson(url, { message: 'a' }, headers), 401);
      problemDetail(await ask(`${url}/ticket`, { method: 'POST', headers }), 401);
    }
    expect(problemDetail(await ask(`${b.url}/stream?ticket=${ticket}`), 401)).toContain('revoked');
    expect(await metric(a, 'fanfare_access_refused_total{reason="kicked"}')).toBeGreaterThan(0);
    const id = await publish(b.url, { message: 'b' }, await bearer(ALL));
    expect((await anns.take(2))[1]).toMatchObject({ id });
    // Tokens are as exact as a second, and a kick reaches so far.
    await until('the next second has begun', () => Math.floor(Date.now() / 1_000) * 1_000 > kickedAt);
    const later = await bearer({ ...LISTENS, sub: 'eve' }, { issuedIn: CLOCK_SKEW_MS / 1_000 });
    expect(await (await bracket.open(b.url, { headers: later })).next()).toMatchObject({ event: 'fanfare:open' });
    const ageless = await bearer({ ...LISTENS, sub: 'eve' }, { issuedIn: undefined });
    problemDetail(await ask(`${a.url}/stream`, { headers: ageless }), 401);
  });

  test('A6: a token of a login server whose clock is ahead is kicked too, with its streams', async () => {
    const { url } = await bracket.start(ASKING);
    const headers = await bearer({ ...LISTENS, sub: 'eve' }, { issuedIn: CLOCK_SKEW_MS / 1_000 });
    const stream = await bracket.open(url, { headers });
    expect(await stream.next()).toMatchObject({ event: 'fanfare:open' });
    await ask(`${url}/streams?subject=eve`, { method: 'DELETE', headers: await bearer(ALL) });
    expect((await stream.rest()).at(-1)).toMatchObject({ event: 'fanfare:close', data: '{"reason":"kicked"}' });
    expect(problemDetail(await ask(`${url}/stream`, { headers }), 401)).toContain('revoked');
  });

  test('A6: a replica that starts later refuses who was kicked before', async () => {
    if (bracket.bus === 'memory') return;
    const first = await bracket.start(ASKING);
    const headers = await bearer({ ...LISTENS, sub: 'eve' });
    await ask(`${first.url}/streams?subject=eve`, { method: 'DELETE', headers: await bearer(ALL) });
    const { url } = await bracket.start(ASKING);
    problemDetail(await ask(`${url}/stream`, { headers }), 401);
  });

  test('A6: only who may kick a subject can, and the subject has to be named', async () => {
    const { url } = await bracket.start(ASKING);
    const remove = async (query: string, claims: object) =>
      ask(`${url}/streams${query}`, { method: 'DELETE', headers: await bearer({ ...claims }) });
    const stream = await bracket.open(url, { headers: await bearer({ ...LISTENS, sub: 'team-1' }) });
    expect(await stream.next()).toMatchObject({ event: 'fanfare:open' });
    problemDetail(await remove('?subject=team-1', { publish: ['*'], subscribe: ['*'] }), 403);
    problemDetail(await remove('?subject=team-1', { kick: ['team-2', 'tea'] }), 403);
    for (const query of ['', '?subject=', '?subject=a&subject=b', '?subject=a%0Ab', '?subject=%ff'])
      problemDetail(await remove(query, ALL), 400);
    problemDetail(await ask(`${url}/streams?subject=team-1`, { method: 'DELETE' }), 401);
    expect(await remove('?subject=team-1', { kick: ['team-*'] })).toMatchObject({ status: 204 });
    await until('it has ended', () => stream.ended);
  });
});
