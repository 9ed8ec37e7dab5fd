// Heartbeats: a silent stream says where it stands, and that place is a cursor.

import { expect, test } from 'vitest';
import { onEachBus } from './support/bracket.ts';
import { publish } from './support/publisher.ts';
import type { SeenEvent } from './support/subscriber.ts';

const HEARTBEAT = { HEARTBEAT_MS: '100' };
const isHeartbeat = ({ event }: SeenEvent) => event === 'fanfare:heartbeat';

onEachBus('A heartbeat', (bracket) => {
  test('S5: a silent stream carries its position and one empty data line', async () => {
    const { url } = await bracket.start(HEARTBEAT);
    const subscriber = await bracket.open(url);
    const { id } = await subscriber.next();
    expect(await subscriber.take(2)).toEqual([
      { id, event: 'fanfare:heartbeat', data: '' },
      { id, event: 'fanfare:heartbeat', data: '' },
    ]);
    expect(subscriber.text).toContain(`id: ${id}\nevent: fanfare:heartbeat\ndata:\n\n`);
  });

  test('S5: the position goes on with messages of channels that the stream does not listen to', async () => {
    const [a, b] = await bracket.pair(HEARTBEAT);
    const subscriber = await bracket.subscribed(a.url, 'channel=quiet');
    const id = await publish(b.url, { message: 'm', channel: 'busy' });
    const beats = await subscriber.takeUntil((event) => event.id === id);
    expect(beats.every(isHeartbeat)).toBe(true);
  });

  test("S5: a stream resumed from a heartbeat's id misses nothing and repeats nothing", async () => {
    const [a, b] = await bracket.pair(HEARTBEAT);
    const subscriber = await bracket.subscribed(a.url, 'channel=mine');
    await publish(a.url, { message: 'seen', channel: 'mine' });
    const other = await publish(a.url, { message: 'other', channel: 'busy' });
    const seen = await subscriber.takeUntil((event) => isHeartbeat(event) && event.id === other);
    expect(seen.filter(({ event }) => event === 'message').map(({ data }) => data)).toEqual(['seen']);
    subscriber.close();
    const missed = await publish(a.url, { message: 'missed', channel: 'mine' });
    const back = await bracket.open(b.url, { query: 'channel=mine', headers: { 'Last-Event-ID': other } });
    const [open, next] = await back.take(2);
    expect(JSON.parse(open?.data ?? '')).toMatchObject({ resumed: true });
    expect(next).toEqual({ id: missed, event: 'message', data: 'missed' });
  });
});
