// POST /send: what a publisher asks for goes to the bus, and is answered once it is in the log (P1–P8).

import { createHash } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { type Body, isFields, parseBody } from '../body.ts';
import { type Bus, BusFull, BusUnavailable, type IdempotencyKey, KeyConflict, type Published } from '../bus/bus.ts';
import { MAX_BATCH_MESSAGES, type Message, parseMessage } from '../message.ts';
import { encodeOrigin, type Origin, originOf } from '../origin.ts';
import { Problem } from '../problem.ts';
import { encodeBody } from '../sse.ts';

export interface SendOptions {
  readonly maxMessageBytes: number;
  readonly trustProxy: boolean;
}

export interface SendObserver {
  accepted(published: Published, seconds: number, origin: Origin): void;
  /** So many messages were not acknowledged; `status` is the answer's, `error` what it was made of. */
  refused(messages: number, status: number, error: unknown): void;
}

const BATCH_BYTES = 1_048_576;
const CLIENT_KEY_MS = 10 * 60_000;
// The proxy's request id is a key only while the proxy may try the request again.
const REQUEST_KEY_MS = 60_000;
// Percent-encoding takes three bytes for one, JSON's \u0000 six.
const WIDEST_ENCODING = 6;

export function send(bus: Bus, observer: SendObserver, options: SendOptions): Middleware {
  const maxBodyBytes = Math.max(BATCH_BYTES, options.maxMessageBytes * WIDEST_ENCODING);
  return async (ctx) => {
    const begun = performance.now();
    let asked = 1;
    try {
      const body = await parseBody(ctx, maxBodyBytes);
      const batch = Array.isArray(body.content);
      const messages = parseMessages(body, options.maxMessageBytes);
      asked = messages.length;
      const origin = originOf(ctx.headers, options.trustProxy);
      const published = await publish(bus, messages, requestKey(ctx, body, origin), encodeOrigin(origin));
      observer.accepted(published, (performance.now() - begun) / 1000, origin);
      const { ids } = published;
      accept(ctx, batch ? { ids } : { id: ids[0] });
    } catch (error) {
      const problem = error instanceof Problem ? error : undefined;
      observer.refused(asked, problem?.status ?? 500, problem?.cause ?? error);
      throw error;
    }
  };
}

function parseMessages({ content, bytes }: Body, maxMessageBytes: number): readonly Message[] {
  if (!Array.isArray(content)) return [parseMessage(content as never, maxMessageBytes)];
  if (bytes.length > BATCH_BYTES) throw new Problem(413, `A batch has at most ${BATCH_BYTES} bytes: split it.`);
  if (content.length === 0) throw new Problem(400, 'The batch is empty: send at least one message.');
  if (content.length > MAX_BATCH_MESSAGES) {
    throw new Problem(413, `A batch has at most ${MAX_BATCH_MESSAGES} messages, not ${content.length}: split it.`);
  }
  return content.map((fields: unknown, index) => {
    const where = `Message ${index + 1} of the batch: `;
    if (!isFields(fields)) throw new Problem(400, `${where}it must be an object such as {"message":"hello"}.`);
    return parseMessage(fields, maxMessageBytes, where);
  });
}

async function publish(
  bus: Bus,
  messages: readonly Message[],
  key: IdempotencyKey | undefined,
  origin: string,
): Promise<Published> {
  const publications = messages.map((message) => ({ channels: message.channels, body: encodeBody(message) }));
  try {
    return await bus.publish(publications, key, origin);
  } catch (error) {
    if (error instanceof KeyConflict) {
      throw new Problem(422, 'This Idempotency-Key came with another body before: use a new key for a new message.');
    }
    if (error instanceof BusFull) {
      // Through nginx, an earlier try of the same request may still be under way elsewhere.
      const detail =
        'The log has no memory left, and this try added nothing. Repeat it later with the same Idempotency-Key.';
      throw new Problem(507, detail, {}, error);
    }
    if (!(error instanceof BusUnavailable)) throw error;
    const detail = `The message may or may not have been sent (${error.message}). Repeat it with the same Idempotency-Key.`;
    throw new Problem(503, detail, { 'Retry-After': '1' }, error);
  }
}

/** P4, P8: the client's key, or else the id that a trusted proxy gave the request; each in a namespace of its own. */
function requestKey(ctx: Context, { bytes, mediaType }: Body, { requestId }: Origin): IdempotencyKey | undefined {
  const digest = () => createHash('sha256').update(mediaType).update('\n').update(bytes).digest('base64url');
  const given = ctx.headers['idempotency-key'];
  if (given !== undefined) {
    const name = String(given);
    if (!/^[\x21-\x7e]{1,255}$/.test(name)) {
      throw new Problem(400, 'Idempotency-Key must be 1 to 255 visible ASCII characters without spaces.');
    }
    return { name: `client:${name}`, digest: digest(), ttlMs: CLIENT_KEY_MS };
  }
  if (requestId === undefined) return undefined;
  return { name: `request:${requestId}`, digest: digest(), ttlMs: REQUEST_KEY_MS };
}

/** P3: a browser's form goes back to the page it came from. */
function accept(ctx: Context, answer: object): void {
  if (ctx.is('urlencoded') && ctx.accepts('json', 'html') === 'html') {
    ctx.status = 303;
    ctx.set('Location', '/');
    ctx.body = '';
    return;
  }
  ctx.status = 201;
  ctx.body = answer;
}
