// One request of any kind, and its whole answer.

import type { Answer } from './publisher.ts';

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  // A stream that was to be refused, and is not, would never end.
  if (response.headers.get('content-type') === 'text/event-stream') await response.body?.cancel();
  return { status: response.status, headers: response.headers, text: response.bodyUsed ? '' : await response.text() };
}
