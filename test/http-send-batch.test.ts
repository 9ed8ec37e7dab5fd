// Batches: in order, all or none, bounded.

import { expect, test } from 'vitest';
import { onEachBus } from './support/bracket.ts';
import { postForm, postJson, problemDetail, publish, publishAll } from './support/publisher.ts';

onEachBus('A batch to POST /send', (bracket) => {
  test('P2: a batch is appended in order, with an id for each message', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url, 'channel=a&channel=b');
    const batch = Array.from({ length: 50 }, (_, i) => ({ message: `m${i}`, channel: i % 2 === 0 ? 'a' : 'b' }));
    const ids = await publishAll(url, batch);
    expect(new Set(ids).size).toBe(50);
    const seen = await subscriber.take(50);
    expect(seen.map(({ id }) => id)).toEqual(ids);
    expect(seen.map(({ data }) => data)).toEqual(batch.map(({ message }) => message));
  });

  test('P2: a batch of one is answered with ids', async () => {
    const { url } = await bracket.start();
    expect(await publishAll(url, [{ message: 'm' }])).toHaveLength(1);
  });

  test('P2: one bad message refuses the whole batch and is named', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    const detail = problemDetail(await postJson(url, [{ message: 'good' }, { message: 'bad', event: 'a\nb' }]), 400);
    expect(detail).toMatch(/^Message 2 of the batch: .*event/);
    expect(problemDetail(await postJson(url, [{ message: 'good' }, 'bad']), 400)).toContain('Message 2');
    expect(problemDetail(await postJson(url, []), 400)).toContain('empty');
    const id = await publish(url, { message: 'after' });
    expect(await subscriber.next()).toMatchObject({ id, data: 'after' });
  });

  test('P2: a number instead of a message is named as what it is, however it is written', async () => {
    const { url } = await bracket.start();
    for (const number of ['1', '1.0', '12345678901234567890']) {
      const answer = await postJson(url, `[{"message":"good"},${number}]`);
      expect(problemDetail(answer, 400)).toMatch(/Message 2.*must be an object/);
    }
  });

  test('P2: 1,000 messages are taken, 1,001 are refused whole', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    const batch = Array.from({ length: 1_001 }, (_, i) => ({ message: `m${i}` }));
    expect(problemDetail(await postJson(url, batch), 413)).toContain('1000');
    const ids = await publishAll(url, batch.slice(0, 1_000));
    expect((await subscriber.take(1_000)).map(({ id }) => id)).toEqual(ids);
  });

  test('P2: 1 MiB is taken, a byte more is refused whole', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    const batch = JSON.stringify(Array.from({ length: 20 }, () => ({ message: 'x'.repeat(50_000) })));
    const full = batch.padEnd(1_048_576, ' ');
    expect(problemDetail(await postJson(url, `${full} `), 413)).toContain('1048576');
    expect(await postJson(url, full)).toMatchObject({ status: 201 });
    await publish(url, { message: 'after' });
    expect((await subscriber.take(21)).at(-1)).toMatchObject({ data: 'after' });
  });

  test('P2: a batch has its limit also where a single message may be larger', async () => {
    const { url } = await bracket.start({ MAX_MESSAGE_BYTES: '2000000' });
    const large = { message: 'x'.repeat(1_500_000) };
    await publish(url, large);
    expect(problemDetail(await postJson(url, [large]), 413)).toContain('1048576');
  });

  test('P4: a batch repeated with its key is answered as before', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    const send = () => postJson(url, [{ message: 'a' }, { message: 'b' }], { 'Idempotency-Key': 'batch' });
    const [first, second] = [await send(), await send()];
    expect(second).toMatchObject({ status: 201, text: first.text });
    await postForm(url, 'message=after');
    expect((await subscriber.take(3)).map(({ data }) => data)).toEqual(['a', 'b', 'after']);
  });
});
