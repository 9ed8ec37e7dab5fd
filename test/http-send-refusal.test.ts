// What a publish must not say: each refusal with its status and a detail that says what to change, and nothing sent.

import { expect, test } from 'vitest';
import { onEachBus } from './support/bracket.ts';
import { post, postForm, postJson, problemDetail, publish } from './support/publisher.ts';

const form = (fields: Record<string, string>) => new URLSearchParams({ message: 'm', ...fields }).toString();

/** What is wrong → the fields, and what the detail must name. */
const WRONG_NAMES: Record<string, [fields: Record<string, string>, named: RegExp]> = {
  'LF in a channel': [{ channel: 'a\nid: 1' }, /channel .*control character/],
  'CR in a channel': [{ channel: 'a\rdata: x' }, /channel .*control character/],
  'NUL in a channel': [{ channel: 'a\0b' }, /channel .*control character/],
  'a tab in a channel': [{ channel: 'a\tb' }, /channel .*control character/],
  'U+0085 in a channel': [{ channel: 'a\u0085b' }, /channel .*control character/],
  'LF in an event': [{ event: 'a\ndata: x' }, /event .*control character/],
  'CR in an event': [{ event: 'a\rb' }, /event .*control character/],
  'NUL in an event': [{ event: 'a\0b' }, /event .*control character/],
  'an empty channel': [{ channel: '' }, /channel .*empty/],
  'an empty event': [{ event: '' }, /event .*empty/],
  'a channel of 256 bytes': [{ channel: `${'é'.repeat(127)}xx` }, /channel .*255 bytes/],
  'an event of 256 bytes': [{ event: 'x'.repeat(256) }, /event .*255 bytes/],
  'the event open': [{ event: 'open' }, /"open" is reserved/],
  'the event error': [{ event: 'error' }, /"error" is reserved/],
  'an event that begins fanfare:': [{ event: 'fanfare:reset' }, /"fanfare:reset" is reserved/],
  'an id': [{ id: '1' }, /Idempotency-Key/],
  'an unknown field': [{ chanel: 'a' }, /"chanel"/],
  'a retry over a minute': [{ retry: '60001' }, /"retry" .*60000/],
  'a retry that is no number': [{ retry: '1s' }, /"retry" .*60000/],
  'a negative retry': [{ retry: '-1' }, /"retry" .*60000/],
  'a broken retry': [{ retry: '1.5' }, /"retry" .*60000/],
  'an empty retry': [{ retry: '' }, /"retry" .*60000/],
  'a retry of two lines': [{ retry: '1\n' }, /"retry" .*60000/],
};

/** What is wrong in JSON alone → the body, and what the detail must name. */
const WRONG_JSON: Record<string, [body: string, named: RegExp]> = {
  'no JSON': ['{"message":', /not valid JSON/],
  'a string': ['"hello"', /must be an object/],
  'a number': ['1', /must be an object/],
  'a number that a double would change': ['1.0', /must be an object/],
  null: ['null', /must be an object/],
  'no message': ['{"channel":"a"}', /"message" is missing/],
  'a __proto__': ['{"message":"m","__proto__":{"event":"x"}}', /"__proto__"/],
  'a channel that is a number': ['{"message":"m","channel":5}', /"channel" must be a string/],
  'a channel that is null': ['{"message":"m","channel":null}', /"channel" must be a string/],
  'no channel at all': ['{"message":"m","channel":[]}', /"channel" is an empty list/],
  'a bad channel in a list': ['{"message":"m","channel":["a","b\\n"]}', /channel .*control character/],
  '17 channels': [JSON.stringify({ message: 'm', channel: [...'abcdefghijklmnopq'] }), /at most 16 channels/],
  'an event that is null': ['{"message":"m","event":null}', /"event" must be a string/],
  'a retry that is null': ['{"message":"m","retry":null}', /"retry" .*60000/],
  'half a surrogate pair in the message': ['{"message":"\\ud800"}', /surrogate/],
  'half a surrogate pair in an event': ['{"message":"m","event":"\\udc00"}', /surrogate/],
  'half a surrogate pair in a channel': ['{"message":"m","channel":"\\udc00"}', /surrogate/],
  'a byte order mark': ['\ufeff{"message":"m"}', /byte order mark/],
  'a field that is there twice': ['{"message":"m","channel":"a","channel":"b"}', /twice/],
  'a name that is there twice within the message': ['{"message":{"a":{"b":1,"\\u0062":2}}}', /twice/],
  'nesting that no stack holds': [`{"message":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, /nested too deeply/],
};

/** What is wrong in a form alone → the body, and what the detail must name. */
const WRONG_FORM: Record<string, [body: string, named: RegExp]> = {
  'no message': ['channel=a', /"message" is missing/],
  nothing: ['', /"message" is missing/],
  'two messages': ['message=a&message=b', /"message" is there twice/],
  '17 channels': [`message=m&${[...'abcdefghijklmnopq'].map((c) => `channel=${c}`).join('&')}`, /at most 16 channels/],
  'a byte order mark': ['\ufeffmessage=m', /byte order mark/],
  'a question mark before it': ['?message=m', /"\?message"/],
  'bytes that are no UTF-8': ['message=%FF', /UTF-8/],
  'half a character': ['message=%C3', /UTF-8/],
  'a name that is no UTF-8': ['message=m&%E4=1', /UTF-8/],
  'a channel that is no UTF-8': ['message=m&channel=%ED%A0%80', /UTF-8/],
  'bytes that are no UTF-8 beside a U+FFFD': ['message=%FF%EF%BF%BD', /UTF-8/],
};

onEachBus('A bad POST /send', (bracket) => {
  /** Posts, expects a refusal that names the fault, and that nothing but what follows it is seen. */
  async function expectRefused(send: (url: string) => ReturnType<typeof postForm>, named: RegExp): Promise<void> {
    const { url } = await bracket.start();
    const subscriber = await bracket.subscribed(url, 'channel=messages&channel=a&channel=b');
    expect(problemDetail(await send(url), 400)).toMatch(named);
    const id = await publish(url, { message: 'after' });
    expect(await subscriber.next()).toMatchObject({ id, data: 'after' });
  }

  test.each(Object.entries(WRONG_NAMES))('P6: %s is refused in a form and in JSON', async (_what, [fields, named]) => {
    await expectRefused((url) => postForm(url, form(fields)), named);
    await expectRefused((url) => postJson(url, { message: 'm', ...fields }), named);
  });

  test.each(Object.entries(WRONG_JSON))('P6: JSON with %s is refused', async (_what, [body, named]) => {
    await expectRefused((url) => postJson(url, body), named);
  });

  test.each(Object.entries(WRONG_FORM))('P6: a form with %s is refused', async (_what, [body, named]) => {
    await expectRefused((url) => postForm(url, body), named);
  });

  test.each(['application/json', 'application/x-www-form-urlencoded'])(
    'P6: raw bytes that are no UTF-8 are refused in %s',
    async (type) => {
      const { url } = await bracket.start();
      const text = type === 'application/json' ? '{"message":"?"}' : 'message=?';
      const bytes = Buffer.from(text);
      bytes[bytes.indexOf('?')] = 0xff;
      expect(problemDetail(await post(url, bytes, { 'Content-Type': type }), 400)).toContain('UTF-8');
    },
  );

  test('P6: names may be as long and as strange as the rule allows', async () => {
    const { url } = await bracket.start();
    for (const name of ['é'.repeat(127), 'a b: c', '*', 'Open', 'fanfare', '\u2028', '🎺', '\ufffd']) {
      const subscriber = await bracket.subscribed(url, new URLSearchParams({ channel: name }).toString());
      await postForm(url, form({ channel: name, event: name, retry: '60000' }));
      expect(await subscriber.next()).toMatchObject({ event: name, data: 'm' });
      expect(subscriber.retries.at(-1)).toBe(60_000);
    }
  });
});
