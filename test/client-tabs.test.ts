// Clients that share one connection, as tabs do, here in one process: each of them has every message once, whoever leads
// and whatever happens to it.

import { afterEach, expect, test, vi } from 'vitest';
import { FaultProxy } from './faults/proxy.ts';
import { pick, randomFrom } from './faults/random.ts';
import { type Bracket, onMemory } from './support/bracket.ts';
import { type Follower, follow } from './support/followers.ts';
import { publish, publishMany } from './support/publisher.ts';
import { metric, type RunningReplica } from './support/replica.ts';
import { until } from './support/until.ts';

async function streams(replica: RunningReplica, count: number): Promise<void> {
  await until(`the replica serves ${count}`, async () => (await metric(replica, 'fanfare_streams')) === count);
}

/** Three that share one connection. */
async function startTabs(bracket: Bracket, replica: RunningReplica, url = replica.url, options = {}) {
  const tabs = Array.from({ length: 3 }, () => follow(bracket, url, options)) as [Follower, Follower, Follower];
  for (const tab of tabs) await tab.live();
  await streams(replica, 1);
  return tabs;
}

/** Leads those that follow `url`, and says only what it is told to. */
async function standIn({ ending }: Bracket, url: string) {
  const name = `fanfare 1 true,false,${url}`;
  const tabs = new BroadcastChannel(name);
  const release = await new Promise<() => void>((held) => {
    void navigator.locks.request(name, () => new Promise<void>((resolve) => held(resolve)));
  });
  ending(() => {
    tabs.close();
    release();
  });
  return { post: (piece: object) => tabs.postMessage(piece) };
}

onMemory('Clients that share a connection', (bracket) => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('C3: three take one connection, hear the same, and know where they are', async () => {
    const replica = await bracket.start({ HEARTBEAT_MS: '200' });
    const tabs = await startTabs(bracket, replica);
    const ids = await publishMany(replica.url, 20, 'messages');
    for (const tab of tabs) {
      await tab.expectAll(ids);
      expect(tab.states.at(-1)).toMatchObject(['live', { channels: ['messages'] }]);
    }
    await publish(replica.url, { message: 'elsewhere', channel: 'other' });
    await until('heartbeats take all past it', () =>
      tabs.every(({ client }) => client.position > (ids.at(-1) as string)),
    );
    await streams(replica, 1);
  });

  test('C3: those that ask for something else, or are not to share, have connections of their own', async () => {
    const replica = await bracket.start();
    await startTabs(bracket, replica);
    for (const options of [
      { channels: ['a'] },
      { channels: ['a', 'b'] },
      { shared: 'ann' },
      { shared: 'bob' },
      { last: 3 },
    ])
      await follow(bracket, replica.url, options).live();
    await follow(bracket, replica.url, { shared: 'ann' }).live();
    await streams(replica, 6);
    await follow(bracket, replica.url, { shared: false }).live();
    await streams(replica, 7);
  });

  test('C3: one that comes later, from an earlier place, is given what it asks for, and then shares', async () => {
    const replica = await bracket.start();
    const tabs = await startTabs(bracket, replica);
    const ids = await publishMany(replica.url, 10, 'messages');
    for (const tab of tabs) await tab.expectAll(ids);
    const later = follow(bracket, replica.url, { lastEventId: ids[3] as string });
    await later.expectAll(ids.slice(4));
    await streams(replica, 1);
    ids.push(await publish(replica.url, { message: 'to all' }));
    for (const tab of tabs) await tab.expectAll(ids);
    await later.expectAll(ids.slice(4));
  });

  test('C3: the leader closes amid messages, and the others miss none and have none twice', async () => {
    const replica = await bracket.start();
    const [leader, ...others] = await startTabs(bracket, replica);
    const sending = publishMany(replica.url, 3_000, 'messages');
    await until('it leads them', () => others.every(({ ids }) => ids.length > 0));
    leader.client.close();
    const ids = await sending;
    for (const other of others) await other.expectAll(ids);
    expect(leader.ids.length).toBeLessThan(ids.length);
    await streams(replica, 1);
  });

  test('C3, R3: where the leader comes back too late, all are told once', async () => {
    const replica = await bracket.start({ HISTORY_SIZE: '5', RETRY_MS: '50', HEARTBEAT_MS: '200' });
    const proxy = await FaultProxy.start(Number(new URL(replica.url).port), Math.random);
    bracket.ending(() => void proxy.stop());
    const tabs = await startTabs(bracket, replica, proxy.url, { heartbeatMs: 200 });
    proxy.faults = { blackHole: true };
    await publishMany(replica.url, 50, 'messages');
    proxy.reset();
    proxy.heal();
    await until('all are told', () => tabs.every(({ resets }) => resets.length > 0));
    const last = await publish(replica.url, { message: 'after' });
    await until('all go on', () => tabs.every(({ ids }) => ids.includes(last)));
    for (const { resets, ids } of tabs) {
      expect(resets.map(({ reason }) => reason)).toEqual(['trimmed']);
      expect(ids).toEqual(tabs[0].ids);
    }
    await streams(replica, 1);
  });

  test('C1, C3: one whose handler throws is given the message again, and the others go on without it', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const replica = await bracket.start();
    const tabs = await startTabs(bracket, replica);
    let broken = true;
    const failing = tabs.slice(0, 2);
    for (const { client } of failing) {
      client.on({}, ({ data }) => {
        if (broken && data === 'messages 5') throw new Error('not yet');
      });
    }
    const ids = await publishMany(replica.url, 10, 'messages');
    await tabs[2].expectAll(ids);
    for (const { client } of failing) expect(client.position).toBe(ids[3]);
    broken = false;
    for (const { client } of failing) await until('it has all', () => client.position === ids.at(-1));
    const given = failing.flatMap((tab) => tab.ids);
    const times = (id: string) => given.filter((each) => each === id).length;
    expect(ids.map(times)).toEqual([2, 2, 2, 2, 2 + errors.mock.calls.length, 2, 2, 2, 2, 2]);
    await streams(replica, 1);
  });

  test('C3: what a leader passes on is taken where it fits, and else the server is asked', async () => {
    const replica = await bracket.start();
    const leader = await standIn(bracket, `${replica.url}/stream?format=json`);
    const tab = follow(bracket, replica.url);
    await tab.live();
    const start = tab.client.position;
    leader.post({ from: start, id: start });
    await streams(replica, 0);
    const [one, two, three] = (await publishMany(replica.url, 3, 'messages')) as [string, string, string];
    const message = (id: string) => ({ id, channels: ['messages'], event: 'message', data: 'passed on', time: '' });
    leader.post({ from: start, id: one, message: message(one) });
    leader.post({ from: start, id: one, message: message(one) });
    await tab.expectAll([one]);
    leader.post({ from: two, id: three, message: message(three) });
    await tab.expectAll([one, two, three]);
    expect(tab.messages.map(({ data }) => data)).toEqual(['passed on', 'messages 2', 'messages 3']);
    leader.post({ from: one, id: two, message: message(two) });
    await streams(replica, 0);
    expect(tab.ids).toEqual([one, two, three]);
  });

  test('C3: amid a storm of broken lines and of tabs that close and come back, each of them has all, once', async () => {
    const replica = await bracket.start({ RETRY_MS: '20', HEARTBEAT_MS: '200' });
    const proxy = await FaultProxy.start(Number(new URL(replica.url).port), Math.random);
    bracket.ending(() => void proxy.stop());
    const open = (lastEventId: string) => follow(bracket, proxy.url, { lastEventId, heartbeatMs: 200 });
    const lives = (await startTabs(bracket, replica, proxy.url, { heartbeatMs: 200 })).map((tab) => [tab]);
    const random = randomFrom(Math.random() * 2 ** 32);
    const ids: string[] = [];
    for (let step = 0; step < 100; step += 1) {
      const life = pick(random, lives);
      const { client } = life.at(-1) as Follower;
      const act = random();
      if (act < 0.2) proxy.reset();
      else if (act < 0.5) {
        client.close();
        life.push(open(client.position));
      } else ids.push(...(await publishMany(replica.url, 1 + Math.floor(random() * 5), 'messages')));
    }
    ids.push(await publish(replica.url, { message: 'end' }));
    for (const life of lives) {
      await until('it has the end', () => life.at(-1)?.ids.includes(ids.at(-1) as string) === true);
      expect(
        life.flatMap((tab) => tab.ids),
        `seed ${random.seed}`,
      ).toEqual(ids);
      expect(life.flatMap(({ resets }) => resets)).toEqual([]);
    }
    await streams(replica, 1);
  });
});
