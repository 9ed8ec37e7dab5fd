// The examples of the description, sent as they are written, and every kind of event that it has, seen on a stream.

import { expect, test } from 'vitest';
import { ask } from './support/ask.ts';
import { onEachBus } from './support/bracket.ts';
import {
  eventSchemas,
  expectDescribed,
  expectDescribedEvent,
  operation,
  type Parameter,
  type Part,
} from './support/description.ts';
import { post, publish } from './support/publisher.ts';
import { ALL, ASKING, bearer } from './support/token.ts';
import { until } from './support/until.ts';

/** All examples of a parameter. */
function examplesOf({ example, examples = {} }: Parameter): readonly unknown[] {
  return [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)];
}

/** Names and values with those that are lists repeated, as style=form with explode has them. */
function exploded(fields: Part): string {
  const pairs = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((each) => [name, String(each)]));
  return new URLSearchParams(pairs).toString();
}

const BODIES = Object.entries(operation('POST /send').bodies).flatMap(([type, { examples = {} }]) =>
  Object.entries(examples).map(([name, { value }]) => ({ name: `${name} as ${type}`, type, value })),
);
const HEADERS = Object.fromEntries(
  operation('POST /send').parameters.map((parameter) => [parameter.name, String(examplesOf(parameter)[0])]),
);
const QUERIES = operation('GET /stream').parameters.flatMap((parameter) =>
  examplesOf(parameter).map((value) => ({ ...parameter, value })),
);

onEachBus('The examples of the description', (bracket) => {
  test.each(BODIES)('POST /send takes $name', async ({ type, value }) => {
    const { url } = await bracket.start();
    const body = type === 'application/json' ? JSON.stringify(value) : exploded(value as Part);
    const answer = await post(url, body, { 'Content-Type': type, ...HEADERS });
    expect(answer).toMatchObject({ status: 201 });
    expectDescribed('POST /send', answer);
  });

  test.each(QUERIES)('GET /stream takes $value as $name', async ({ name, in: place, value }) => {
    const { url } = await bracket.start();
    const query = place === 'query' ? exploded({ [name]: value }) : '';
    const headers = place === 'header' ? { [name]: String(value) } : {};
    const subscriber = await bracket.open(url, { query, headers });
    expect(subscriber.status).toBe(200);
    expectDescribedEvent(await subscriber.next());
  });

  test('DELETE /streams takes the subject', async () => {
    const { url } = await bracket.start(ASKING);
    const [subject] = operation('DELETE /streams').parameters;
    const query = exploded({ subject: examplesOf(subject as Parameter)[0] });
    const answer = await ask(`${url}/streams?${query}`, { method: 'DELETE', headers: await bearer(ALL) });
    expect(answer).toMatchObject({ status: 204 });
    expectDescribed('DELETE /streams', answer);
  });

  test('every kind of event is seen as it is described', async () => {
    const replica = await bracket.start({ HEARTBEAT_MS: '100' });
    const stream = await bracket.open(replica.url, { headers: { 'Last-Event-ID': 'none of ours' } });
    await until('the stream has been reset', () => stream.text.includes('fanfare:reset'));
    await publish(replica.url, { message: 'm', event: 'e', retry: 5 });
    await publish(replica.url, { message: 'two\nlines' });
    await until('the stream has a heartbeat', () => stream.text.includes('fanfare:heartbeat'));
    await replica.stop();
    const seen = await stream.rest();
    for (const event of seen) expectDescribedEvent(event);
    const kinds = eventSchemas.map(({ properties }) => ((properties as Part)['event'] as Part)['const']);
    const special = seen.map(({ event }) => (event.startsWith('fanfare:') ? event : undefined));
    expect(new Set(special)).toEqual(new Set(kinds));
  });
});
