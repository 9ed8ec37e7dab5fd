// The description at /openapi.json: that it is one, that its routes are the server's, and that its examples are as it says.

import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { COUNTERS, OTHERS } from '../src/metric-catalogue.ts';
import { ask } from './support/ask.ts';
import { onEachBus } from './support/bracket.ts';
import { at, description, FILE, faults, operations, type Part } from './support/description.ts';

/** All parts of the document that have this member, with where they are. */
function partsWith(member: string, part: unknown = description, pointer = ''): [pointer: string, part: Part][] {
  if (typeof part !== 'object' || part === null) return [];
  const found = member in part ? [[pointer, part as Part] as [string, Part]] : [];
  const inside = Object.entries(part).flatMap(([name, each]) =>
    partsWith(member, each, `${pointer}/${name.replaceAll('/', '~1')}`),
  );
  return [...found, ...inside];
}

test('the document is OpenAPI 3.1, of this version', async () => {
  const validator = new Validator();
  expect(await validator.validate(structuredClone(description))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  expect(description.info.version).toBe(packageJson.version);
});

test('every example in the document is what its schema says', () => {
  let examples = 0;
  const expectFits = (pointer: string, schema: unknown, value: unknown) => {
    expect(faults(schema as Part, value), pointer).toBe('');
    examples += 1;
  };
  for (const [pointer, { schema, example }] of partsWith('example')) expectFits(pointer, schema, example);
  for (const [pointer, part] of partsWith('examples')) {
    // In a schema they are a list of values, elsewhere values with names.
    if (Array.isArray(part['examples'])) for (const value of part['examples']) expectFits(pointer, part, value);
    else
      for (const { value } of Object.values(part['examples'] as Record<string, Part>))
        expectFits(pointer, part['schema'], value);
  }
  expect(examples).toBeGreaterThan(15);
});

test('every schema in the document is one', () => {
  for (const [pointer, { schema }] of partsWith('schema'))
    expect(() => faults(schema as Part, 0), pointer).not.toThrow();
  for (const [name, schema] of Object.entries(at('/components/schemas') as Record<string, Part>))
    expect(() => faults(schema, 0), name).not.toThrow();
});

test('the reasons of control events are those that are counted', () => {
  const reasons = (name: string) => (at(`/components/schemas/${name}/properties/reason`) as Part)['enum'] as string[];
  expect(new Set(reasons('ResetData'))).toEqual(new Set(COUNTERS.resets.labels.reason));
  // What the client or a fault ends is not told of.
  const told = COUNTERS.closed.labels.reason.filter((reason) => !['client', 'slow', 'error'].includes(reason));
  expect(new Set(reasons('CloseData'))).toEqual(new Set(told));
});

onEachBus('The routes of the description', (bracket) => {
  const routes = OTHERS.requests.labels.route.filter((route) => route.startsWith('/'));
  const PAGES = ['/', '/live', '/openapi.json'];

  test('they are those of the server', () => {
    expect(new Set(Object.keys(description.paths))).toEqual(new Set([...routes, ...PAGES]));
  });

  test.each(routes)('%s takes the methods that are described', async (route) => {
    const { url } = await bracket.start();
    const described = operations.filter(({ path }) => path === route).map(({ method }) => method.toUpperCase());
    const { headers } = await ask(url + route, { method: 'OPTIONS' });
    const taken = headers.get('allow')?.split(', ') ?? [];
    // HEAD is where GET is, as the description says in words.
    expect(new Set(taken)).toEqual(new Set([...described, ...(described.includes('GET') ? ['HEAD'] : [])]));
  });

  test.each(operations.filter(({ method, path }) => method === 'get' && path !== '/stream'))(
    '$name has a HEAD with the same header fields',
    async ({ path }) => {
      const { url } = await bracket.start();
      const got = await ask(url + path);
      const head = await ask(url + path, { method: 'HEAD' });
      // What is of the connection or of the moment is not the answer's.
      const own = ([name]: [string, string]) => !['date', 'connection', 'keep-alive'].includes(name);
      const fields = ({ headers }: typeof got) => Object.fromEntries([...headers].filter(own));
      expect(head).toMatchObject({ status: got.status, text: '' });
      expect(fields(head)).toEqual(fields(got));
    },
  );

  test.each([
    ['PUT', '/send', 405, 'POST'],
    ['POST', '/livez', 405, 'HEAD, GET'],
    ['POST', '/live', 405, 'HEAD, GET'],
    ['POST', '/fanfare.js', 404, null],
    ['LOCK', '/send', 405, 'POST'],
  ])('%s of %s is refused as the words say', async (method, path, status, allow) => {
    const { url } = await bracket.start();
    const answer = await ask(url + path, { method });
    expect(answer).toMatchObject({ status });
    expect(answer.headers.get('allow')).toBe(allow);
  });

  test('it is served as it is', async () => {
    const { url } = await bracket.start();
    const { status, headers, text } = await ask(`${url}/openapi.json`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(text).toBe(await readFile(FILE, 'utf8'));
  });
});
