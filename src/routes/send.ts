// POST /send: what a publisher asks for goes to the bus, and is answered once it is in the log (P1–P8).

import { createHash } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type { Access } from '../access/access.ts';
import type { Identity } from '../access/identity.ts';
import { type Body, type BodyLimits, isFields, parseBody } from '../body.ts';
import {
  type Bus,
  BusFull,
  BusUnavailable,
  type IdempotencyKey,
  KeyConflict,
  type Published,
  RateExceeded,
} from '../bus/bus.ts';
import { asProblem, type Limits } from '../limits/limits.ts';
import type { Rate } from '../limits/rates.ts';
import { type Message, parseMessage } from '../message.ts';
import { encodeOrigin, type Origin, originOf } from '../origin.ts';
import { Problem } from '../problem.ts';
import { encodeBody } from '../sse.ts';
import { unavailable } from '../unavailable.ts';

export interface SendOptions extends BodyLimits {
  readonly trustProxy: boolean;
}

export interface SendObserver {
  accepted(published: Published, seconds: number, origin: Origin): void;
  /** So many messages were not acknowledged; `status` is the answer's, `error` what it was made of. */
  refused(messages: number, status: number, error: unknown): void;
}

const CLIENT_KEY_MS = 10 * 60_000;
// The proxy's request id is a key only while the proxy may try the request again.
const REQUEST_KEY_MS = 60_000;

export function send(
  bus: Bus,
  access: Access,
  limits: Limits,
  observer: SendObserver,
  options: SendOptions,
): Middleware {
  return async (ctx) => {
    const begun = performance.now();
    let asked = 1;
    try {
      const identity = await access.identity(ctx);
      // Before anything is read of somebody who may not publish at all.
      access.check(ctx, identity, 'publish', []);
      const body = await parseBody(ctx, options);
      const batch = Array.isArray(body.content);
      const messages = parseMessages(body, options);
      asked = messages.length;
      const channels = messages.flatMap((message) => message.channels);
      access.check(ctx, identity, 'publish', channels);
      const origin = originOf(ctx.headers, options.trustProxy);
      const key = requestKey(ctx, body, origin, identity);
      const rates = limits.publishRates(ctx, identity, messages.length);
      const published = await publish(bus, messages, key, encodeOrigin(origin), rates);
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

function parseMessages({ content }: Body, { maxMessageBytes }: SendOptions): readonly Message[] {
  if (!Array.isArray(content)) return [parseMessage(content as never, maxMessageBytes)];
  if (content.length === 0) throw new Problem(400, 'The batch is empty: send at least one message.');
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
  rates: readonly Rate[],
): Promise<Published> {
  const publications = messages.map((message) => ({ channels: message.channels, body: encodeBody(message) }));
  try {
    return await bus.publish(publications, key, origin, rates);
  } catch (error) {
    if (error instanceof RateExceeded) throw asProblem(error.refusal, rates);
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
    throw unavailable(detail, error);
  }
}

/**
 * P4, P8: the client's key, or else the id that a trusted proxy gave the request; each in a namespace of its own, and so
 * is each subject's, or one could take or spoil another's answers by guessing its keys.
 */
function requestKey(
  ctx: Context,
  { bytes, mediaType }: Body,
  { requestId }: Origin,
  identity: Identity | undefined,
): IdempotencyKey | undefined {
  const digest = () => createHash('sha256').update(mediaType).update('\n').update(bytes).digest('base64url');
  const given = ctx.headers['idempotency-key'];
  if (given !== undefined) {
    const name = String(given);
    if (!/^[\x21-\x7e]{1,255}$/.test(name)) {
      throw new Problem(400, 'Idempotency-Key must be 1 to 255 visible ASCII characters without spaces.');
    }
    const whose = identity === undefined ? 'client' : `subject:${encodeURIComponent(identity.subject)}`;
    return { name: `${whose}:${name}`, digest: digest(), ttlMs: CLIENT_KEY_MS };
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
