// Cursors that no stream can follow: each gets 200, one reset that says why, and then the messages after it (R3).

import { expect, test } from 'vitest';
import type { ResetReason } from '../../src/entry.ts';
import type { Cluster } from '../support/cluster.ts';
import { publish } from '../support/publisher.ts';
import { type SeenEvent, type SubscribeOptions, Subscriber } from '../support/subscriber.ts';
import { until } from '../support/until.ts';

/** What is wrong → the cursor and the reason of the one reset. All fit a header, and a query percent-encoded. */
const CURSORS: readonly (readonly [what: string, cursor: string, reason: ResetReason])[] = [
  ['8 KB', 'x'.repeat(8_192), 'unknown'],
  ['8 KB of digits', '1'.repeat(8_192), 'unknown'],
  ['8 KB that begin as an id', `1-${'1'.repeat(8_190)}`, 'unknown'],
  ['a tab', 'a\tb', 'unknown'],
  ['bytes past ASCII', '\xff\xfe\xe9', 'unknown'],
  ['a C1 line end', '1-1\x85id: 2-2', 'unknown'],
  ['quotes and markup', '"}<script>\\', 'unknown'],
  ['what looks like a block', 'event: fanfare:close', 'unknown'],
  ['another log, long past', '1-1', 'lost'],
  ['another log, in its own years', '1600000000000-123', 'lost'],
  ['before all', '0-0', 'lost'],
  ['before all but one', '0-1', 'lost'],
  ['far in the future', '9999999999999-0', 'unknown'],
  ['15 digits', '999999999999999-999999999999999', 'unknown'],
  ['16 digits', '9999999999999999-0', 'unknown'],
  ['16 digits of sequence', '1-9999999999999999', 'unknown'],
  ['leading zeros', '01-1', 'unknown'],
  ['a leading zero of its sequence', '1-01', 'unknown'],
  ['a negative time', '-1-1', 'unknown'],
  ['a negative sequence', '1--1', 'unknown'],
  ['a sign', '+1-1', 'unknown'],
  ['an exponent', '1e3-1', 'unknown'],
  ['no sequence', '1600000000000', 'unknown'],
  ['the ends of a range', '-', 'unknown'],
  ['the newest, as Redis has it', '$', 'unknown'],
  ['the next, as Redis has it', '>', 'unknown'],
  ['an open range', '(1-1', 'unknown'],
  ['two ids', '1-1, 2-2', 'unknown'],
  ['unknown', 'unknown', 'unknown'],
  ['EARLIEST', 'EARLIEST', 'unknown'],
  ['a prototype', '__proto__', 'unknown'],
];

const parsed = ({ data }: SeenEvent) => JSON.parse(data) as unknown;

let channels = 0;

/** Opens a stream with a cursor that cannot be followed; it says so once, and goes on. Returns where it has come to. */
async function expectReset(at: string, options: SubscribeOptions, requested: string, reason: string): Promise<string> {
  channels += 1;
  const channel = `cursor-${channels}`;
  const query = `${options.query ?? ''}&channel=${channel}`;
  const stream = await Subscriber.open(at, { ...options, query });
  try {
    expect(stream).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' } });
    const [open, reset] = (await stream.take(2)) as [SeenEvent, SeenEvent];
    const known = /^(0|[1-9]\d{0,14})-(0|[1-9]\d{0,14})$/.test(requested);
    expect(open).toMatchObject({ event: 'fanfare:open', id: known ? requested : 'unknown' });
    expect(parsed(open)).toMatchObject({ resumed: false });
    expect(reset).toMatchObject({ event: 'fanfare:reset', id: expect.stringMatching(/^\d+-\d+$/) });
    expect(parsed(reset)).toEqual({ reason, requested });
    const id = await publish(at, { channel, message: 'live' });
    expect(await stream.next()).toEqual({ id, event: 'message', data: 'live' });
    return id;
  } finally {
    stream.close();
  }
}

/** @param cluster that is running when the tests do */
export function cursorTests(cluster: () => Cluster): void {
  test.each(CURSORS)('R3: a cursor of %s gets one reset and then live messages', async (_what, cursor, reason) => {
    const [{ url: replica }] = cluster().replicas;
    const query = `lastEventId=${encodeURIComponent(cursor)}`;
    for (const at of [cluster().url, replica]) {
      await expectReset(at, { headers: { 'Last-Event-ID': cursor } }, cursor, reason);
      await expectReset(at, { query }, cursor, reason);
    }
  });

  test.each(['%00%0d%0aid:+1%0a%0a', '%ff%fe', '%', '%ed%a0%80', '%EF%BB%BF1-1', '+1-1', '1-1%00'])(
    'R3: a cursor that is encoded as %s gets one reset and then live messages',
    async (encoded) => {
      const requested = new URLSearchParams(`c=${encoded}`).get('c') as string;
      await expectReset(cluster().url, { query: `lastEventId=${encoded}` }, requested, 'unknown');
    },
  );

  test('R3: who came with a cursor from the future or between two messages resumes with what came after', async () => {
    const { url } = cluster();
    const channel = 'between';
    const first = await publish(url, { channel, message: 'before' });
    const [time] = first.split('-') as [string];
    await until(
      'a millisecond has passed',
      async () => !(await publish(url, { channel, message: '' })).startsWith(time),
    );
    for (const [cursor, reason] of [
      [`${time}-99999`, 'lost'],
      ['999999999999999-0', 'unknown'],
    ] as const) {
      const id = await expectReset(url, { headers: { 'Last-Event-ID': cursor } }, cursor, reason);
      const later = await publish(url, { channel, message: 'later' });
      const stream = await Subscriber.open(url, { query: `channel=${channel}`, headers: { 'Last-Event-ID': id } });
      const [open, message] = (await stream.take(2)) as [SeenEvent, SeenEvent];
      stream.close();
      expect(parsed(open)).toMatchObject({ resumed: true });
      expect(message).toEqual({ id: later, event: 'message', data: 'later' });
    }
  });
}
