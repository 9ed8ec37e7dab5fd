// The closed lists that labels of metrics take their values from. Each value is one that the code knows by itself: none is a
// channel, a user, an address, an id or a path as a client sent it, since those grow without end.

import type { RefusedReason } from './access/identity.ts';
import type { RepairReason } from './bus/follower.ts';
import type { BusRole } from './bus/redis-connection.ts';
import type { ResetReason } from './entry.ts';
import type { DropReason } from './flask/taker.ts';
import type { EndReason } from './stream.ts';

/** Why a stream was refused; `unready`: the replica does not know the log, or who may listen, yet. */
export type RejectReason = 'capacity' | 'draining' | 'unready' | 'bad_request' | 'unauthorized' | 'forbidden' | 'rate';
/** What more was asked of than a setting allows. */
export type Limit = (typeof LIMITS)[number];
type PublishResult = 'ok' | 'repeated' | 'rejected' | 'error';
/** Where a stream that came back found its cursor. */
export type ResumeSource = 'ring' | 'log' | 'none';
export type ResumeResult = 'complete' | 'reset';
/** A method is the client's word, so all but the usual ones are one. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'DELETE' | 'OPTIONS' | 'other';
/** `page`: a file of the pages; `none`: what is not there. A stream counts here only where none came of it. */
export type Route = (typeof ROUTES)[number];
export type CodeClass = '2xx' | '3xx' | '4xx' | '5xx';

export const DROPS: readonly DropReason[] = ['text', 'size', 'event', 'overflow', 'lost'];
export const REPAIRS: readonly RepairReason[] = ['gap', 'tip', 'reconnect'];
export const ROLES: readonly BusRole[] = ['commands', 'subscription'];
export const RESETS: readonly ResetReason[] = ['trimmed', 'lost', 'unknown'];
export const ENDS: readonly EndReason[] = ['client', 'slow', 'age', 'drain', 'expired', 'kicked', 'replay', 'error'];
export const REJECTS: readonly RejectReason[] = [
  'capacity',
  'draining',
  'unready',
  'bad_request',
  'unauthorized',
  'forbidden',
  'rate',
];
export const REFUSALS: readonly RefusedReason[] = ['missing', 'invalid', 'expired', 'kicked', 'forbidden', 'origin'];
export const LIMITS = [
  'streams_replica',
  'streams_address',
  'streams_subject',
  'connects_address',
  'publishes_address',
  'publishes_subject',
  'stream_channels',
  'message_bytes',
  'batch_bytes',
  'batch_messages',
  'header_bytes',
  'history_pages',
  'replay',
] as const;
export const RESULTS: readonly PublishResult[] = ['ok', 'repeated', 'rejected', 'error'];
export const SOURCES: readonly ResumeSource[] = ['ring', 'log', 'none'];
export const RESUMES: readonly ResumeResult[] = ['complete', 'reset'];
const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'other'];
const ROUTES = [
  '/send',
  '/stream',
  '/history',
  '/channels',
  '/cluster',
  '/ticket',
  '/session',
  '/streams',
  '/livez',
  '/readyz',
  'page',
  'none',
] as const;
const CLASSES: readonly CodeClass[] = ['2xx', '3xx', '4xx', '5xx'];
export const ANSWER = { method: METHODS, route: ROUTES, code_class: CLASSES } as const;
