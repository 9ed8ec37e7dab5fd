// Where a message came from, kept with it so that one message can be followed over all replicas: the publisher's trace
// context and the id that the proxy gave the request, which is in the proxy's log too.

import type { IncomingHttpHeaders } from 'node:http';

export interface Origin {
  /** As the publisher sent it: W3C Trace Context, 3.2. */
  readonly traceparent?: string;
  readonly requestId?: string;
}

// version "-" trace-id "-" parent-id "-" trace-flags, 55 characters; a version after 00 may have more behind that.
const TRACEPARENT = /^(?!ff|00.{54})[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?=-|$)/;
const REQUEST_ID = /^[\x21-\x7e]{1,255}$/;

/**
 * The origin that a request states. A traceparent that is none is as good as missing, as the standard wants it (4.3).
 * @param trustProxy whether `X-Request-Id` is a proxy's own word (P8)
 */
export function originOf(headers: IncomingHttpHeaders, trustProxy: boolean): Origin {
  const traceparent = TRACEPARENT.exec(String(headers['traceparent'] ?? ''))?.[0];
  const requestId = String(headers['x-request-id'] ?? '');
  return {
    ...(traceparent !== undefined && { traceparent }),
    ...(trustProxy && REQUEST_ID.test(requestId) && { requestId }),
  };
}

/** As it is kept with a message: two words of visible ASCII, either of them `-` where it is missing, or nothing. */
export function encodeOrigin({ traceparent, requestId }: Origin): string {
  if (traceparent === undefined && requestId === undefined) return '';
  return `${traceparent ?? '-'} ${requestId ?? '-'}`;
}

export function decodeOrigin(text: string): Origin {
  const [traceparent = '-', requestId = '-'] = text.split(' ');
  return {
    ...(traceparent !== '-' && traceparent !== '' && { traceparent }),
    ...(requestId !== '-' && { requestId }),
  };
}
