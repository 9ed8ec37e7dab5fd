// What a publish may look like, what it is answered, and what subscribers then see of it.

import { expect, test } from 'vitest';
import { onEachBus } from './support/bracket.ts';
import { post, postForm, postJson, publish } from './support/publisher.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

onEachBus('POST /send', (bracket) => {
  test('P1: a form publishes to the default channel', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    const answer = await postForm(url, 'message=hello+world%21');
    expect(answer).toMatchObject({ status: 201 });
    const { id } = JSON.parse(answer.text) as { id: string };
    expect(await subscriber.next()).toEqual({ id, event: 'message', data: 'hello world!' });
  });

  test('P1: a form carries channels, event and retry', async () => {
    const { url } = await bracket.start();
    const both = await Promise.all(['a', 'b'].map((name) => bracket.subscribed(url, `channel=${name}`)));
    await postForm(url, 'message=m&channel=a&channel=b&event=news&retry=1234');
    for (const subscriber of both) {
      expect(await subscriber.next()).toMatchObject({ event: 'news', data: 'm' });
      expect(subscriber.retries).toHaveLength(2);
      expect(subscriber.retries.at(-1)).toBe(1234);
    }
  });

  test('P1: JSON carries a list of channels, event and retry', async () => {
    const { url } = await bracket.start();
    const both = await Promise.all(['a', 'b'].map((name) => bracket.subscribed(url, `channel=${name}`)));
    await publish(url, { message: 'm', channel: ['a', 'b', 'a'], event: 'news', retry: 0 });
    for (const subscriber of both) {
      expect(await subscriber.next()).toMatchObject({ event: 'news', data: 'm' });
      expect(subscriber.retries.at(-1)).toBe(0);
    }
  });

  test('P1: JSON values other than strings go out as one line of JSON, numbers as they were written', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    const values = {
      '"two\\nlines"': 'two\nlines',
      '{"a": {"b": [1, 2]},\n "c": "x\\ny"}': '{"a":{"b":[1,2]},"c":"x\\ny"}',
      '[1,\n "two", null]': '[1,"two",null]',
      '42': '42',
      '12345678901234567890': '12345678901234567890',
      '1.0': '1.0',
      '-0': '-0',
      '1e400': '1e400',
      '{"price": 1.10, "list": [0.30000000000000001]}': '{"price":1.10,"list":[0.30000000000000001]}',
      true: 'true',
      null: 'null',
    };
    for (const [written, seen] of Object.entries(values)) {
      expect(await postJson(url, `{"message": ${written}}`)).toMatchObject({ status: 201 });
      expect(await subscriber.next()).toMatchObject({ event: 'message', data: seen });
    }
  });

  test('P1: an empty message is a message', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    await postForm(url, 'message=');
    await publish(url, { message: '' });
    expect((await subscriber.take(2)).map(({ data }) => data)).toEqual(['', '']);
  });

  test('P1: a charset of UTF-8 and any case of the media type are taken', async () => {
    const { url } = await bracket.start();
    for (const type of ['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"']) {
      expect(await post(url, '{"message":"m"}', { 'Content-Type': type })).toMatchObject({ status: 201 });
    }
  });

  test('P1: 16 channels are taken and each gets the message', async () => {
    const { url } = await bracket.start();
    const channels = Array.from({ length: 16 }, (_, i) => `c${i}`);
    const readers = await Promise.all(channels.map((channel) => bracket.subscribed(url, `channel=${channel}`)));
    const id = await publish(url, { message: 'm', channel: channels });
    for (const reader of readers) expect(await reader.next()).toMatchObject({ id, data: 'm' });
  });

  test('P3: a publish is answered 201 with the id that subscribers see', async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    const answer = await postJson(url, { message: 'm' });
    expect(answer).toMatchObject({ status: 201 });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(JSON.parse(answer.text)).toEqual({ id: (await subscriber.next()).id });
  });

  test("P3: a browser's form post goes back to the page", async () => {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url);
    const answer = await postForm(url, 'message=m', { Accept: BROWSER });
    expect(answer).toMatchObject({ status: 303 });
    expect(answer.headers.get('location')).toBe('/');
    expect(await subscriber.next()).toMatchObject({ data: 'm' });
  });

  test('P3: a form post of a program, and JSON of a browser, get 201', async () => {
    const { url } = await bracket.start();
    expect(await postForm(url, 'message=m', { Accept: '*/*' })).toMatchObject({ status: 201 });
    expect(await postForm(url, 'message=m', { Accept: 'application/json' })).toMatchObject({ status: 201 });
    expect(await postJson(url, { message: 'm' }, { Accept: BROWSER })).toMatchObject({ status: 201 });
  });
});
