// One request of any kind, and its whole answer.

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Answer } from './publisher.ts';

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  // A stream that was to be refused, and is not, would never end.
  if (response.headers.get('content-type') === 'text/event-stream') await response.body?.cancel();
  return { status: response.status, headers: response.headers, text: response.bodyUsed ? '' : await response.text() };
}

/** As `ask`, with whatever Host is wanted, which `fetch` would set itself. */
export async function askAs(
  host: string,
  url: string,
  init: { method?: string; headers?: object; body?: string } = {},
) {
  const { body, headers, ...rest } = init;
  const sent = request(url, { ...rest, agent: false, headers: { ...headers, Host: host } }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const isStream = response.headers['content-type'] === 'text/event-stream';
  if (isStream) response.destroy();
  const answer: Answer = {
    status: response.statusCode as number,
    headers: new Headers(response.headers as Record<string, string>),
    text: isStream ? '' : await text(response),
  };
  return answer;
}
