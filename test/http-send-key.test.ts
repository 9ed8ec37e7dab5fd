// Keys that make repeating a publish safe: the client's, and the proxy's request id.

import { expect, test } from 'vitest';
import { onEachBus } from './support/bracket.ts';
import { postForm, postJson, problemDetail, publish } from './support/publisher.ts';

onEachBus('Idempotency of POST /send', (bracket) => {
  test('P4: the same key and body to any replica returns the first answer and adds nothing', async () => {
    const [a, b] = await bracket.pair();
    const subscriber = await bracket.subscribed(a.url);
    const key = { 'Idempotency-Key': 'order-1' };
    const id = await publish(a.url, { message: 'once' }, key);
    expect(await publish(b.url, { message: 'once' }, key)).toBe(id);
    expect(await publish(a.url, { message: 'once' }, key)).toBe(id);
    const after = await publish(a.url, { message: 'after' });
    expect(await subscriber.take(2)).toMatchObject([{ id }, { id: after }]);
  });

  test('P4: of the same key sent many times at once, one is added', async () => {
    const [a, b] = await bracket.pair();
    const subscriber = await bracket.subscribed(a.url);
    const key = { 'Idempotency-Key': 'storm' };
    const urls = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? a.url : b.url));
    const ids = await Promise.all(urls.map((url) => publish(url, { message: 'once' }, key)));
    expect(new Set(ids).size).toBe(1);
    await publish(a.url, { message: 'after' });
    expect((await subscriber.take(2)).map(({ data }) => data)).toEqual(['once', 'after']);
  });

  test('P4: the same key with another body, or the same text as another type, is refused', async () => {
    const [a, b] = await bracket.pair();
    const subscriber = await bracket.subscribed(a.url);
    const key = { 'Idempotency-Key': 'order-2' };
    await publish(a.url, { message: 'first' }, key);
    expect(problemDetail(await postJson(b.url, { message: 'second' }, key), 422)).toContain('new key');
    expect(problemDetail(await postForm(b.url, 'message=first', key), 422)).toContain('new key');
    await publish(a.url, { message: 'after' });
    expect((await subscriber.take(2)).map(({ data }) => data)).toEqual(['first', 'after']);
  });

  test('P4: a refused publish does not use its key up', async () => {
    const { url } = await bracket.start();
    const key = { 'Idempotency-Key': 'order-3' };
    expect(await postJson(url, { message: 'm', event: 'open' }, key)).toMatchObject({ status: 400 });
    expect(await postJson(url, { message: 'm' }, key)).toMatchObject({ status: 201 });
  });

  test('P4: a key that cannot be one is refused', async () => {
    const { url } = await bracket.start();
    for (const key of ['', 'two words', 'x'.repeat(256), 'käse']) {
      const answer = await postJson(url, { message: 'm' }, { 'Idempotency-Key': key });
      expect(problemDetail(answer, 400), key).toContain('Idempotency-Key');
    }
    expect(await postJson(url, { message: 'm' }, { 'Idempotency-Key': 'x'.repeat(255) })).toMatchObject({
      status: 201,
    });
  });

  test("P8: behind a trusted proxy the request id is a key, apart from the client's keys", async () => {
    const [a, b] = await bracket.pair({ TRUST_PROXY: 'true' });
    const message = { message: 'm' };
    const id = await publish(a.url, message, { 'X-Request-Id': 'r1' });
    expect(await publish(b.url, message, { 'X-Request-Id': 'r1' })).toBe(id);
    expect(await publish(b.url, message, { 'Idempotency-Key': 'r1' })).not.toBe(id);
    const other = await postJson(b.url, { message: 'other' }, { 'X-Request-Id': 'r1' });
    expect(other).toMatchObject({ status: 422 });
  });

  test("P8: behind a trusted proxy the client's key counts, not the request id", async () => {
    const [a, b] = await bracket.pair({ TRUST_PROXY: 'true' });
    const message = { message: 'm' };
    const id = await publish(a.url, message, { 'Idempotency-Key': 'k', 'X-Request-Id': 'r2' });
    expect(await publish(b.url, message, { 'Idempotency-Key': 'k', 'X-Request-Id': 'r3' })).toBe(id);
    expect(await publish(b.url, message, { 'X-Request-Id': 'r2' })).not.toBe(id);
  });

  test('P8: without a trusted proxy a request id is no key', async () => {
    const { url } = await bracket.start();
    const id = await publish(url, { message: 'm' }, { 'X-Request-Id': 'r1' });
    expect(await publish(url, { message: 'm' }, { 'X-Request-Id': 'r1' })).not.toBe(id);
    expect(await postJson(url, { message: 'other' }, { 'X-Request-Id': 'r1' })).toMatchObject({ status: 201 });
  });
});
