// A publisher for tests: posts what it is told as it is told, so that wrong requests can be made as well.

import { expect } from 'vitest';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Posts `body` to `/send`. No header is added that is not given, but for those that HTTP needs. */
export async function post(url: string, body: string | Uint8Array, headers: Record<string, string>): Promise<Answer> {
  // Bytes, since fetch names a media type for a string.
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const response = await fetch(`${url}/send`, {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers,
    redirect: 'manual',
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export function postForm(url: string, form: string, headers: Record<string, string> = {}): Promise<Answer> {
  return post(url, form, { 'Content-Type': 'application/x-www-form-urlencoded', ...headers });
}

export function postJson(url: string, value: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return post(url, text, { 'Content-Type': 'application/json', ...headers });
}

/** Publishes one message and returns its id. */
export async function publish(url: string, fields: object, headers: Record<string, string> = {}): Promise<string> {
  const answer = await postJson(url, fields, headers);
  expect(answer).toMatchObject({ status: 201 });
  return (JSON.parse(answer.text) as { id: string }).id;
}

/** Publishes a batch and returns its ids. */
export async function publishAll(url: string, batch: readonly object[]): Promise<string[]> {
  const answer = await postJson(url, batch);
  expect(answer).toMatchObject({ status: 201 });
  return (JSON.parse(answer.text) as { ids: string[] }).ids;
}

/** Publishes the messages `<name> 1` to `<name> <count>` in batches and returns their ids. */
export async function publishMany(url: string, count: number, channel: string, name = channel): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const length = Math.min(1_000, count - ids.length);
    const first = ids.length + 1;
    ids.push(
      ...(await publishAll(
        url,
        Array.from({ length }, (_, i) => ({ channel, message: `${name} ${first + i}` })),
      )),
    );
  }
  return ids;
}

/** Expects a problem in the shape of RFC 9457 and returns its detail. */
export function problemDetail(answer: Answer, status: number): string {
  expect(answer).toMatchObject({ status });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json(;|$)/);
  const problem = JSON.parse(answer.text) as Record<string, unknown>;
  expect(problem).toEqual({
    type: 'about:blank',
    title: expect.stringMatching(/./),
    status,
    detail: expect.stringMatching(/./),
  });
  return String(problem['detail']);
}
