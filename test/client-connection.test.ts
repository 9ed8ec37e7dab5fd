// How the client module comes back: from refusals, from silence, and with tickets that are good for one connection.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test, vi } from 'vitest';
import { FaultProxy } from './faults/proxy.ts';
import { type Bracket, onMemory } from './support/bracket.ts';
import { follow } from './support/followers.ts';
import { publish } from './support/publisher.ts';
import { ALL, ASKING, bearer } from './support/token.ts';
import { until } from './support/until.ts';

const ALONE = { shared: false } as const;

/** A line to a replica that can be made bad. */
async function startProxy({ ending }: Bracket, url: string): Promise<FaultProxy> {
  const proxy = await FaultProxy.start(Number(new URL(url).port), Math.random);
  ending(() => void proxy.stop());
  return proxy;
}

/** Refuses for as long as it is told, with a status that is final to an EventSource; else leads on to `target`. */
async function startRefuser({ ending }: Bracket, target: string) {
  const refuser = { url: '', refuses: false, refused: 0 };
  const server = createServer((request, response) => {
    if (refuser.refuses) {
      refuser.refused += 1;
      response.writeHead(500).end();
    } else response.writeHead(307, { Location: `${target}${request.url}` }).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ending(() => void server.close().closeAllConnections());
  refuser.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return refuser;
}

onMemory('A client that loses its connection', (bracket) => {
  test('C2: it comes back after it has been refused, each time after a longer wait, and misses nothing', async () => {
    const { url } = await bracket.start({ RETRY_MS: '50' });
    const proxy = await startProxy(bracket, url);
    const refuser = await startRefuser(bracket, proxy.url);
    const { live, states, expectAll } = follow(bracket, refuser.url, ALONE);
    await live();
    const ids = [await publish(url, { message: 'before' })];
    await expectAll(ids);
    refuser.refuses = true;
    proxy.reset();
    await until('it has been refused twice', () => refuser.refused === 2);
    ids.push(await publish(url, { message: 'meanwhile' }));
    refuser.refuses = false;
    await live();
    ids.push(await publish(url, { message: 'after' }));
    await expectAll(ids);
    const delays = states.flatMap(([name, detail]) => (name === 'waiting' ? [detail.delayMs] : []));
    expect(delays).toHaveLength(2);
    for (const [index, delay] of delays.entries()) {
      expect(delay).toBeGreaterThanOrEqual(500 * 2 ** index);
      expect(delay).toBeLessThanOrEqual(1_000 * 2 ** index);
    }
  });

  test('C2: it gives a connection up that has been silent for 2.5 heartbeats, and none that is not', async () => {
    const { url } = await bracket.start({ HEARTBEAT_MS: '400' });
    const proxy = await startProxy(bracket, url);
    const { client, live, states, expectAll } = follow(bracket, proxy.url, { ...ALONE, heartbeatMs: 400 });
    await live();
    const opened = client.position;
    const ids = [await publish(url, { message: 'before' })];
    await expectAll(ids);
    await publish(url, { message: 'elsewhere', channel: 'other' });
    await until('heartbeats have passed it', () => client.position > (ids[0] as string) && client.position > opened);
    expect(proxy.accepted).toBe(1);
    proxy.faults = { blackHole: true };
    ids.push(await publish(url, { message: 'meanwhile' }));
    await until('it connects again', () => proxy.accepted >= 2);
    expect(states.at(-1)).toEqual(['connecting', {}]);
    proxy.heal();
    await expectAll(ids);
  });

  test('C2, A3: it asks for a ticket for each connection, and again where that fails', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { url } = await bracket.start({ ...ASKING, MAX_AGE_MS: '1000', RETRY_MS: '50' });
    const headers = await bearer(ALL);
    let asked = 0;
    async function ticket(): Promise<string> {
      asked += 1;
      if (asked === 1) throw new Error('no ticket today');
      const answer = await fetch(`${url}/ticket`, { method: 'POST', headers });
      return ((await answer.json()) as { ticket: string }).ticket;
    }
    const { live, states, expectAll } = follow(bracket, url, { ...ALONE, ticket });
    await live();
    expect(asked).toBe(2);
    expect(errors.mock.calls).toEqual([[new Error('no ticket today')]]);
    errors.mockRestore();
    const ids = [await publish(url, { message: 'before' }, headers)];
    await until('its age has ended it', () =>
      states.some(([, detail]) => 'reason' in detail && detail.reason === 'age'),
    );
    ids.push(await publish(url, { message: 'meanwhile' }, headers));
    await expectAll(ids);
    expect(asked).toBeGreaterThanOrEqual(3);
  });

  test('C2: what is closed while it waits for a ticket, or for its next try, opens nothing more', async () => {
    const { url } = await bracket.start();
    const refuser = await startRefuser(bracket, url);
    refuser.refuses = true;
    let give: ((ticket: string) => void) | undefined;
    const ticket = () => new Promise<string>((resolve) => (give = resolve));
    const early = follow(bracket, refuser.url, { ...ALONE, ticket });
    await until('it asks for a ticket', () => give !== undefined);
    early.client.close();
    give?.('late');
    const waiting = follow(bracket, refuser.url, ALONE);
    const waits = ({ states }: typeof waiting) => states.filter(([name]) => name === 'waiting').length;
    await until('it waits', () => waits(waiting) === 1);
    waiting.client.close();
    const witness = follow(bracket, refuser.url, ALONE);
    // That takes longer than the wait of the one that is closed.
    await until('another has been refused twice', () => waits(witness) === 2);
    expect(refuser.refused).toBe(3);
    for (const { states } of [early, waiting]) expect(states.at(-1)).toEqual(['closed', {}]);
  });
});
