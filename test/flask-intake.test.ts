// Raw messages on Redis channels become messages of the log, by one replica at a time. With the real flask_sse, and replicas
// as processes: flask-cluster.test.ts.

import { describe, expect, test } from 'vitest';
import { onRedis } from './support/bracket.ts';
import {
  dataUntil,
  dropped,
  flow,
  holders,
  INTAKE,
  numbered,
  publishRaw,
  together,
  watcher,
} from './support/flask-intake.ts';
import { publish } from './support/publisher.ts';
import { metric, type RunningReplica } from './support/replica.ts';
import type { SeenEvent } from './support/subscriber.ts';
import { until } from './support/until.ts';

onRedis('Flask apps', (bracket, server) => {
  describe('what they publish', () => {
    test('F1: it reaches the streams of its channel on every replica, with ids to resume from', async () => {
      const [a, b] = await bracket.pair(INTAKE);
      const streams = [await bracket.subscribed(a.url, 'channel=sse'), await bracket.subscribed(b.url, 'channel=sse')];
      const other = await bracket.subscribed(a.url);
      const message = { data: { message: 'hi' }, type: 'greeting', id: 'mine', retry: 2_000 };
      await server().client.publish('sse', JSON.stringify(message));
      await server().client.publish('messages', 'plain');
      const events: SeenEvent[] = [];
      for (const stream of streams) events.push(await stream.next());
      expect(events[0]).toEqual({
        id: expect.stringMatching(/^\d+-\d+$/),
        event: 'greeting',
        data: '{"message":"hi"}',
      });
      expect(events[1]).toEqual(events[0]);
      expect(streams.map(({ retries }) => retries.at(-1))).toEqual([2_000, 2_000]);
      expect(await other.next()).toMatchObject({ event: 'message', data: 'plain' });

      const history = await bracket.open(b.url, { query: 'channel=sse&channel=messages&lastEventId=earliest' });
      const [, ...all] = await history.take(3);
      expect(all).toEqual([events[0], expect.objectContaining({ data: 'plain' })]);
      const resumed = await bracket.open(b.url, { query: `channel=messages&lastEventId=${events[0]?.id}` });
      expect((await resumed.take(2))[1]).toMatchObject({ data: 'plain' });
    });

    test('F1: channels that are not named are not listened to, and without any there is no intake', async () => {
      const named = await bracket.start({ FLASK_SSE_CHANNELS: 'sse' });
      const without = await bracket.start();
      await publishRaw(server(), ['unheard'], 'messages');
      await publishRaw(server(), ['heard']);
      const stream = await bracket.open(without.url, { query: 'channel=sse&channel=messages&lastEventId=earliest' });
      await until('one is taken', async () => (await metric(named, 'fanfare_flask_messages_taken_total')) === 1);
      expect((await stream.take(2)).map(({ data }) => data)).toContain('heard');
      expect(await server().client.pubsub('NUMSUB', 'messages')).toEqual(['messages', 0]);
      expect(await holders([named, without])).toEqual([named]);
    });

    test('F1: messages of several channels keep the order in which Redis had them, among those of /send', async () => {
      const [a] = await bracket.pair(INTAKE);
      const stream = await bracket.subscribed(a.url, 'channel=sse&channel=messages');
      for (let round = 0; round < 50; round += 1) {
        await publishRaw(server(), [`${round} sse`], 'sse');
        await publishRaw(server(), [`${round} messages`], 'messages');
      }
      await publishRaw(server(), ['last']);
      const expected = Array.from({ length: 50 }, (_, round) => [`${round} sse`, `${round} messages`]).flat();
      expect(await dataUntil(stream, 'last')).toEqual([...expected, 'last']);
      await publish(a.url, { channel: 'sse', message: 'sent' });
      expect(await stream.next()).toMatchObject({ data: 'sent' });
    });

    const refused: [what: string, raw: string | Buffer, reason: string][] = [
      ['bytes that are no UTF-8', Buffer.from([0xff]), 'text'],
      ['half of a surrogate pair', '{"data": "\\udc00"}', 'text'],
      ['a long message', `{"data": "${'x'.repeat(101)}"}`, 'size'],
      ['a message with much beside its text', `{"data": "x", "id": "${'x'.repeat(10_000)}"}`, 'size'],
      ['a line end in the event', '{"data": 1, "type": "a\\nid: 5"}', 'event'],
      ['a reserved event', '{"data": 1, "type": "fanfare:close"}', 'event'],
      ['the event error', '{"data": 1, "type": "error"}', 'event'],
      ['an event that is no text', '{"data": 1, "type": ["a"]}', 'event'],
    ];
    test.each(refused)('F3: %s is dropped and counted, and what is around it arrives', async (_what, raw, reason) => {
      const replica = await bracket.start({ ...INTAKE, MAX_MESSAGE_BYTES: '100' });
      const stream = await bracket.subscribed(replica.url, 'channel=sse');
      await publishRaw(server(), ['before']);
      await server().client.publish('sse', raw);
      await publishRaw(server(), ['after']);
      expect(await dataUntil(stream, 'after')).toEqual(['before', 'after']);
      await until('it is counted', async () => (await metric(replica, dropped(reason))) === 1);
      expect(await metric(replica, 'fanfare_flask_messages_taken_total')).toBe(2);
    });
  });

  describe('who takes it in', () => {
    test('F4: of replicas that start at once one does, and each of thousands of messages comes once', async () => {
      const replicas = await together(bracket, 3);
      expect(await holders(replicas)).toHaveLength(1);
      const texts = numbered(5_000);
      const streams = await Promise.all(replicas.map(({ url }) => bracket.subscribed(url, 'channel=sse')));
      await publishRaw(server(), [...texts, 'last']);
      for (const stream of streams) expect(await dataUntil(stream, 'last')).toEqual([...texts, 'last']);
      expect(await holders(replicas)).toHaveLength(1);
    });

    test('F3: of a burst that comes faster than the log can take it in nothing is lost', async () => {
      const replicas = await together(bracket, 2);
      await publishRaw(server(), numbered(60_000));
      const sum = async (name: string) => {
        const each = await Promise.all(replicas.map((replica) => metric(replica, name)));
        return each.reduce((all, one) => all + one, 0);
      };
      await until('it is taken', async () => (await sum('fanfare_flask_messages_taken_total')) === 60_000);
      expect(await sum(dropped('overflow'))).toBe(0);
    });

    test('F4: of those that stop one after another the next goes on, and nothing is lost or doubled', async () => {
      let left = await together(bracket, 3);
      const watch = await watcher(bracket);
      const flowing = flow(server());
      while (left.length > 1) {
        const seen = watch.seen();
        await until('more have come', () => watch.seen() > seen + 500);
        const [holder] = await holders(left);
        await holder?.stop(0);
        left = left.filter((replica) => replica !== holder);
        await until('another goes on', async () => (await holders(left)).length === 1);
      }
      const texts = await flowing.stop();
      expect(await watch.dataUntil(texts.at(-1) as string)).toEqual(texts);
    });

    test('F4: who stops hands over at once, while it still closes its streams', async () => {
      const replicas = await together(bracket, 2);
      const [leaving] = (await holders(replicas)) as [RunningReplica];
      for (let opened = 0; opened < 3; opened += 1) await bracket.subscribed(leaving.url);
      let stopped = false;
      const stopping = leaving.stop(6_000).then(() => {
        stopped = true;
      });
      await until('another has taken over', async () => !(await holders(replicas)).includes(leaving));
      expect(await holders(replicas)).toEqual(replicas.filter((replica) => replica !== leaving));
      expect(stopped).toBe(false);
      await stopping;
    });

    test('F4: the only one takes all that has come before it stops', async () => {
      const replica = await bracket.start(INTAKE);
      const texts = numbered(3_000);
      await publishRaw(server(), texts);
      await replica.stop(0);
      const next = await bracket.start(INTAKE);
      const stream = await bracket.open(next.url, { query: 'channel=sse&lastEventId=earliest' });
      const [, ...events] = await stream.takeUntil(({ data }) => data === texts.at(-1));
      expect(events.map(({ data }) => data)).toEqual(texts);
    });
  });
});
