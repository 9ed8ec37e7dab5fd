// The description at /openapi.json as tests read it: what it says of an operation, and whether an answer is as it says.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import type { Answer } from './publisher.ts';
import type { SeenEvent } from './subscriber.ts';

/** Some part of the document; `OpenAPI` is what gives it more shape than this. */
export type Part = Readonly<Record<string, unknown>>;

interface MediaType {
  readonly schema?: Part;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface Parameter extends MediaType {
  readonly name: string;
  readonly in: 'query' | 'header';
  readonly example?: unknown;
}

interface Response {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface Operation {
  /** Such as `POST /send`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** By media type. */
  readonly bodies: Readonly<Record<string, MediaType>>;
  /** By status. */
  readonly responses: Readonly<Record<string, Response>>;
}

export const FILE = fileURLToPath(new URL('../../public/openapi.json', import.meta.url));

export const description = JSON.parse(readFileSync(FILE, 'utf8')) as {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Part>>;
};

/** What a JSON pointer names. */
export function at(pointer: string): unknown {
  const names = pointer.split('/').slice(1);
  return names.reduce<unknown>((part, name) => (part as Part)[name.replaceAll('~1', '/')], description);
}

/** What this is, or refers to. */
function resolved<T>(part: unknown): T {
  const { $ref } = part as { readonly $ref?: string };
  return ($ref === undefined ? part : at($ref.slice(1))) as T;
}

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace'];

export const operations: readonly Operation[] = Object.entries(description.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => method in item).map((method) => operationOf(path, method, item)),
);

function operationOf(path: string, method: string, item: Part): Operation {
  const { parameters = [], requestBody, responses } = item[method] as Part;
  const all = [...((item['parameters'] ?? []) as Parameter[]), ...(parameters as Parameter[])];
  const bodies = ((requestBody as Part | undefined)?.['content'] ?? {}) as Operation['bodies'];
  const answers = Object.entries(responses as Part).map(([status, response]) => [status, resolved<Response>(response)]);
  const name = `${method.toUpperCase()} ${path}`;
  return { name, method, path, parameters: all, bodies, responses: Object.fromEntries(answers) };
}

export function operation(name: string): Operation {
  const found = operations.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${name} is not described`);
  return found;
}

// What schemas refer to. One with a word that JSON Schema does not know does not compile.
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
ajv.addSchema({ $id: 'description', $defs: compilable(at('/components/schemas')) });

function compilable(schema: unknown): Part {
  return JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', 'description#/$defs/')) as Part;
}

/** What is wrong with a value; empty where nothing is. */
export function faults(schema: Part, value: unknown): string {
  const validate = ajv.compile(compilable(schema));
  return validate(value) ? '' : ajv.errorsText(validate.errors);
}

/** Expects an answer whose status, header fields and body are as described. */
export function expectDescribed(name: string, { status, headers, text }: Answer): void {
  const response = operation(name).responses[status];
  if (response === undefined) throw new Error(`${name} is answered ${status}, which is not described: ${text}`);
  for (const [field, header] of Object.entries(response.headers ?? {})) expectHeader(field, header, headers.get(field));
  const type = headers.get('content-type')?.split(';')[0] ?? '';
  const content = response.content?.[type];
  if (response.content !== undefined && content === undefined) throw new Error(`${name}: ${type} is not described`);
  if (content === undefined || name.startsWith('HEAD ')) expect(text).toBe('');
  else if (type.endsWith('json')) expect(faults(content.schema ?? {}, JSON.parse(text))).toBe('');
  if (type === 'application/problem+json' && text !== '') expect(JSON.parse(text)).toMatchObject({ status });
}

function expectHeader(field: string, header: unknown, value: string | null): void {
  const { required, schema } = resolved<{ readonly required?: boolean; readonly schema: Part }>(header);
  if (required === true) expect(value, field).not.toBeNull();
  if (value !== null) expect(faults(schema, schema['type'] === 'integer' ? Number(value) : value), field).toBe('');
}

const EVENTS = '/components/schemas/StreamEvent/oneOf';

/** The schemas of all kinds of events. */
export const eventSchemas = (at(EVENTS) as Part[]).map((kind) => resolved<Part>(kind));

/** Expects an event as described, and data that are as the one kind which it is of has them. */
export function expectDescribedEvent({ id, event, data }: SeenEvent): void {
  const seen = { event, data, ...(id !== undefined && { id }) };
  expect(faults({ $ref: '#/components/schemas/StreamEvent' }, seen), JSON.stringify(seen)).toBe('');
  const kind = eventSchemas.find((each) => faults(each, seen) === '') as { readonly properties: { data: Part } };
  const { contentSchema } = kind.properties.data;
  if (contentSchema !== undefined) expect(faults(contentSchema as Part, JSON.parse(data)), data).toBe('');
}
