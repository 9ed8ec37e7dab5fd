// The client module in Node, over an ordinary EventSource: what its handlers and its loop are given, and what they can rely
// on where they fail.

import type { Message } from 'fanfare/client';
import { afterEach, expect, test, vi } from 'vitest';
import { FaultProxy } from './faults/proxy.ts';
import { onMemory } from './support/bracket.ts';
import { follow } from './support/followers.ts';
import { publish, publishAll, publishMany } from './support/publisher.ts';
import { metric } from './support/replica.ts';
import { until } from './support/until.ts';

const ALONE = { shared: false } as const;

onMemory('A client', (bracket) => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('C1: handlers are given what they asked for: a channel, a name, or both', async () => {
    const { url } = await bracket.start();
    const { client, live, messages } = follow(bracket, url, { ...ALONE, channels: ['a', 'b'] });
    const seen: Record<string, string[]> = { a: [], named: [], both: [], off: [] };
    const into = (list: string) => (message: Message) => void seen[list]?.push(message.data);
    client.on('a', into('a'));
    client.on({ event: 'paid' }, into('named'));
    client.on({ channel: 'b', event: 'message' }, into('both'));
    const off = client.on({}, into('off'));
    off();
    await live();
    const ids = await publishAll(url, [
      { channel: 'a', message: 'one' },
      { channel: ['b', 'c'], message: 'two', event: 'paid' },
      { channel: ['a', 'b'], message: { n: 3 } },
    ]);
    await until('all are there', () => messages.length === 3);
    expect(seen).toEqual({ a: ['one', '{"n":3}'], named: ['two'], both: ['{"n":3}'], off: [] });
    expect(messages[1]).toEqual({
      id: ids[1],
      channels: ['b'],
      event: 'paid',
      data: 'two',
      time: expect.stringMatching(/Z$/),
    });
    expect(client.position).toBe(ids[2]);
  });

  test('C1: it begins where it is told to: after an id, with the last ones, or with all', async () => {
    const { url } = await bracket.start();
    const ids = await publishMany(url, 5, 'messages');
    await follow(bracket, url, { ...ALONE, lastEventId: ids[1] as string }).expectAll(ids.slice(2));
    await follow(bracket, url, { ...ALONE, last: 2 }).expectAll(ids.slice(3));
    await follow(bracket, url, { ...ALONE, lastEventId: 'earliest' }).expectAll(ids);
  });

  test('C1: a message whose handler throws comes again until it does not, and none before or after it does', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { url } = await bracket.start();
    const { client, live, ids, states } = follow(bracket, url, ALONE);
    let failures = 2;
    client.on({}, ({ data }) => {
      if (data === 'poison' && failures-- > 0) throw new Error('not yet');
    });
    await live();
    const [before, poison, after] = await publishAll(url, [
      { message: 'before' },
      { message: 'poison' },
      { message: 'after' },
    ]);
    await until('it has failed', () => errors.mock.calls.length > 0);
    expect(client.position).toBe(before);
    await until('what comes after is there', () => ids.includes(after as string));
    expect(ids).toEqual([before, poison, poison, poison, after]);
    expect(errors.mock.calls).toEqual([[new Error('not yet')], [new Error('not yet')]]);
    expect(states.filter(([name]) => name === 'waiting')).toHaveLength(2);
  });

  test('C1: a reset is told, and told again where its handler throws', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { url } = await bracket.start();
    const { client, resets, ids, live } = follow(bracket, url, { ...ALONE, lastEventId: 'nonsense' });
    client.onReset(() => {
      if (errors.mock.calls.length === 0) throw new Error('not yet');
    });
    await until('it is told twice', () => resets.length === 2);
    await live();
    const id = await publish(url, { message: 'after' });
    await until('the message is there', () => ids.includes(id));
    expect(resets.map(({ reason }) => reason)).toEqual(['unknown', 'unknown']);
    expect(resets[0]?.requested).toBe('nonsense');
    expect(resets[1]?.id).toMatch(/^\d+-\d+$/);
  });

  test('C1: a loop has done with a message when it asks for the next; where it is left, a new client goes on', async () => {
    const { url } = await bracket.start();
    const ids = await publishMany(url, 5, 'messages');
    const { client } = follow(bracket, url, { ...ALONE, lastEventId: 'earliest' });
    const seen: string[] = [];
    for await (const { id } of client) {
      expect(client.position).not.toBe(id);
      if (seen.length > 0) expect(client.position).toBe(seen.at(-1));
      seen.push(id);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(ids.slice(0, 3));
    expect(client.position).toBe(ids[1]);
    await follow(bracket, url, { ...ALONE, lastEventId: client.position }).expectAll(ids.slice(2));
  });

  test('C1: a loop that falls behind holds no more than 1000 messages, and misses none', async () => {
    const replica = await bracket.start();
    const ids = await publishMany(replica.url, 2_500, 'messages');
    const { client, states } = follow(bracket, replica.url, { ...ALONE, lastEventId: 'earliest' });
    const seen: string[] = [];
    for await (const { id } of client) {
      if (seen.length === 0) {
        await until('it is paused', () => states.at(-1)?.[0] === 'paused');
        expect(states.at(-1)?.[1]).toEqual({ reason: 'full' });
        await until('the connection is gone', async () => (await metric(replica, 'fanfare_streams')) === 0);
      }
      seen.push(id);
      if (seen.length === ids.length) break;
    }
    expect(seen).toEqual(ids);
  });

  test('C1, R3: a loop comes to a reset behind what it has not taken, and before what follows', async () => {
    const replica = await bracket.start({ HISTORY_SIZE: '5', RETRY_MS: '50' });
    const proxy = await FaultProxy.start(Number(new URL(replica.url).port), Math.random);
    bracket.ending(() => void proxy.stop());
    const { client, ids, live } = follow(bracket, proxy.url, ALONE);
    const seen: string[] = [];
    client.onReset(({ reason }) => seen.push(reason));
    const given = Promise.withResolvers<void>();
    const loop = (async () => {
      for await (const { data } of client) {
        seen.push(data);
        if (data === 'm 1') await given.promise;
        if (data === 'last') break;
      }
    })();
    await live();
    const before = await publishMany(replica.url, 3, 'messages', 'm');
    await until('they have come', () => ids.length === before.length);
    proxy.faults = { blackHole: true };
    await publishMany(replica.url, 20, 'messages', 'n');
    const last = await publish(replica.url, { message: 'last' });
    proxy.reset();
    proxy.heal();
    await until('it goes on', () => ids.includes(last));
    expect(client.position).not.toBe(before[0]);
    given.resolve();
    await loop;
    expect(seen.slice(0, 5)).toEqual(['m 1', 'm 2', 'm 3', 'trimmed', 'n 17']);
  });

  test('C1: a handler of states that throws is reported, and the others are told', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { url } = await bracket.start();
    const { client, live, states } = follow(bracket, url, ALONE);
    client.onState((state) => {
      if (state === 'live') throw new Error('unhappy');
    });
    const later: string[] = [];
    client.onState((state) => void later.push(state));
    await live();
    await until('it is reported', () => errors.mock.calls.length > 0);
    expect(errors.mock.calls).toEqual([[new Error('unhappy')]]);
    expect(later).toEqual(states.map(([name]) => name));
  });

  test('C1: close() ends the loop and the connection, and nothing more is given', async () => {
    const replica = await bracket.start();
    const { client, live, states, messages } = follow(bracket, replica.url);
    const loop = (async () => {
      for await (const _ of client) throw new Error('there is nothing to loop over');
    })();
    await live();
    await expect(client[Symbol.asyncIterator]().next()).rejects.toThrow('one loop at a time');
    client.close();
    await loop;
    await until('the connection is gone', async () => (await metric(replica, 'fanfare_streams')) === 0);
    await publish(replica.url, { message: 'too late' });
    expect(states.at(-1)).toEqual(['closed', {}]);
    expect(messages).toEqual([]);
  });

  test('C1: a handler that closes the client and throws has closed it', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const replica = await bracket.start();
    const { client, live, states } = follow(bracket, replica.url, ALONE);
    client.on({}, () => {
      client.close();
      throw new Error('enough');
    });
    await live();
    const { position } = client;
    await publish(replica.url, { message: 'one' });
    await until('it has thrown', () => errors.mock.calls.length === 1);
    await until('it is told', () => states.at(-1)?.[0] === 'closed');
    expect(client.position).toBe(position);
  });
});
