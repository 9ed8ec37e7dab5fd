// The log's scripts, as commands of a connection. What they take and return, their own heads say.

import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type { Id } from '../entry.ts';
import type { IdempotencyKey } from './bus.ts';
import type { StreamEntry } from './frame.ts';

export type Argument = string | number | Buffer;
type Script<Reply> = (keyCount: number, ...keysAndArguments: Argument[]) => Promise<Reply>;
type PublishReply = [outcome: 'published' | 'repeated' | 'conflict' | 'late' | 'stale', ...ids: Id[]];
export type LookReply = [outcome: 'tip', id: Id, prev: Id, entries: number, bytes: string, oldest: Id, now: string];

/** An append counts only while this lease is held, and what its holder has done is noted in the same step. */
export interface Fence {
  readonly lease: string;
  /** The hash of what holders have done. */
  readonly state: string;
  /** What the lease's key holds while the caller has it. */
  readonly token: string;
  /** What has been done with this append, in the holder's own words. */
  readonly done: string;
}

/** The lease of a fence is not held any more: nothing was added. */
export class LeaseLost extends Error {}

export interface LogCommands extends Redis {
  publishToLog: Script<PublishReply>;
  lookAtLog: Script<LookReply | PublishReply>;
  readLogBuffer: Script<[page: StreamEntry[], oldest: StreamEntry[], tip: StreamEntry[]]>;
}

// One text, loaded twice: its head says why.
const SCRIPT = script('publish.lua');
const PUBLISH = `#!lua\n${SCRIPT}`;
const LOOK = `#!lua flags=allow-oom\n${SCRIPT}`;
const READ = script('read.lua');

/** Adds the scripts to a connection; ioredis sends their text where Redis has forgotten it. */
export function withScripts(redis: Redis): LogCommands {
  redis.defineCommand('publishToLog', { lua: PUBLISH });
  redis.defineCommand('lookAtLog', { lua: LOOK });
  redis.defineCommand('readLog', { lua: READ });
  return redis as LogCommands;
}

// The largest sequence number that a break may take: low enough that those after it stay exact in a double.
const BREAK_SEQUENCES = 2 ** 47;

/** Where the log is, and how it is kept. */
interface LogCall {
  readonly log: string;
  readonly run: string;
  readonly keyPrefix: string;
  readonly channel: string;
  readonly historySize: number;
  readonly historyBytes: number;
  readonly durable: boolean;
  readonly mode: 'publish' | 'look';
  readonly position: Id;
}

/**
 * Keys and arguments of `publish.lua`, in the order that its head names.
 * @param content origin, latest time, then channels and block of each message
 */
export function scriptCall(
  { log, run, keyPrefix, channel, historySize, historyBytes, durable, mode, position }: LogCall,
  [origin = '', latest = 0, ...messages]: readonly Argument[],
  guard?: IdempotencyKey | Fence,
): [number, ...Argument[]] {
  const { keys, key, fence } = guarded(guard, keyPrefix);
  const settings = [channel, historySize, historyBytes, durable ? '1' : '0', randomInt(BREAK_SEQUENCES), mode];
  return [2 + keys.length, log, run, ...keys, ...settings, ...key, position, origin, latest, ...fence, ...messages];
}

/** The keys and arguments that stand for a guard: digest and life of an idempotency key, token and words of a fence. */
function guarded(guard: IdempotencyKey | Fence | undefined, keyPrefix: string) {
  if (guard === undefined) return { keys: [], key: ['', 0], fence: ['', ''] } as const;
  if ('token' in guard)
    return { keys: [guard.lease, guard.state], key: ['', 0], fence: [guard.token, guard.done] } as const;
  return { keys: [keyPrefix + guard.name], key: [guard.digest, guard.ttlMs], fence: ['', ''] } as const;
}

function script(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
