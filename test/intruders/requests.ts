// What can be asked of a replica with a token: each request as the bytes that go over the wire, so that it can also be
// one that no client library would send.

import { pick } from '../faults/random.ts';

export interface Asked {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  readonly path: string;
  /** With a question mark, where there is one. */
  readonly query: string;
  readonly headers: readonly string[];
  readonly body?: string;
}

const JSON_TYPE = 'Content-Type: application/json';
const FORM_TYPE = 'Content-Type: application/x-www-form-urlencoded';

/** @param query more of it, without a separator */
export function listen(channels: readonly string[], method: 'GET' | 'HEAD' = 'GET', query = ''): Asked {
  return { ...read('/stream', channels, query), method };
}

/** What else tells of channels. */
export function read(
  path: '/stream' | '/history' | '/channels' | '/cluster',
  channels: readonly string[],
  query = '',
): Asked {
  const named = new URLSearchParams(channels.map((channel) => ['channel', channel])).toString();
  const all = [named, query].filter((part) => part !== '').join('&');
  return { method: 'GET', path, query: all === '' ? '' : `?${all}`, headers: ['Accept: text/event-stream'] };
}

export function send(channels: readonly string[], form: 'json' | 'form' | 'batch'): Asked {
  const message = { message: 'break in', channel: channels };
  const fields = [['message', 'break in'], ...channels.map((channel) => ['channel', channel])];
  const body = {
    json: () => JSON.stringify(message),
    batch: () => JSON.stringify([{ ...message, channel: channels.slice(0, 1) }, message]),
    form: () => new URLSearchParams(fields).toString(),
  }[form]();
  return { ...post('/send'), headers: [form === 'form' ? FORM_TYPE : JSON_TYPE], body };
}

export function post(path: '/send' | '/ticket' | '/session'): Asked {
  return { method: 'POST', path, query: '', headers: [], body: '' };
}

export function kick(subject: string): Asked {
  return { method: 'DELETE', path: '/streams', query: `?subject=${encodeURIComponent(subject)}`, headers: [] };
}

/** Anything that a token with all rights could ask for. */
export function anything(random: () => number, channels: readonly string[]): Asked {
  const some = [pick(random, channels)];
  switch (pick(random, ['send', 'send', 'stream', 'stream', 'head', 'read', 'ticket', 'session', 'kick'] as const)) {
    case 'send':
      return send(some, pick(random, ['json', 'form', 'batch'] as const));
    case 'stream':
      return listen(some, 'GET', pick(random, ['', '', 'last=10', 'lastEventId=earliest']));
    case 'head':
      return listen(some, 'HEAD');
    case 'read':
      return read(pick(random, ['/history', '/channels', '/cluster'] as const), some);
    case 'ticket':
      return post('/ticket');
    case 'session':
      return post('/session');
    case 'kick':
      return kick('witness');
  }
}

export function withHeaders(asked: Asked, ...headers: readonly string[]): Asked {
  return { ...asked, headers: [...asked.headers, ...headers] };
}

export function withQuery(asked: Asked, query: string): Asked {
  return { ...asked, query: asked.query === '' ? `?${query}` : `${asked.query}&${query}` };
}

export function bytesOf({ method, path, query, headers, body }: Asked): string {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return [`${method} ${path}${query} HTTP/1.1`, 'Host: test', ...headers, ...length, '', body ?? ''].join('\r\n');
}
