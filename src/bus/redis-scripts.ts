// The log's scripts, as commands of a connection. What they take and return, their own heads say.

import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type { Id } from '../entry.ts';
import { RATES_LUA, type Rate } from '../limits/rates.ts';
import type { IdempotencyKey } from './bus.ts';
import type { StreamEntry } from './frame.ts';
import type { PublishReply } from './publish-reply.ts';

export type Argument = string | number | Buffer;
type Script<Reply> = (keyCount: number, ...keysAndArguments: Argument[]) => Promise<Reply>;
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

export interface LogCommands extends Redis {
  publishToLog: Script<PublishReply>;
  lookAtLog: Script<LookReply | PublishReply>;
  readLogBuffer: Script<[page: StreamEntry[], oldest: StreamEntry[], tip: StreamEntry[]]>;
}

// One text, loaded twice: its head says why.
const SCRIPT = script('publish.lua');
const PUBLISH = `#!lua\n${RATES_LUA}${SCRIPT}`;
const LOOK = `#!lua flags=allow-oom\n${RATES_LUA}${SCRIPT}`;
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
  /** What all keys begin with. */
  readonly base: string;
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
  { base, channel, historySize, historyBytes, durable, mode, position }: LogCall,
  [origin = '', latest = 0, ...messages]: readonly Argument[],
  guard: IdempotencyKey | Fence | undefined,
  rates: readonly Rate[],
): [number, ...Argument[]] {
  const { guards, key, fence } = guarded(guard, `${base}:key:`);
  const keys = [`${base}:log`, `${base}:run`, ...guards, ...rates.map((rate) => `${base}:rate:${rate.key}`)];
  const settings = [channel, historySize, historyBytes, durable ? '1' : '0', randomInt(BREAK_SEQUENCES), mode];
  const perSecond = [rates.length, ...rates.map((rate) => rate.perSecond)];
  return [keys.length, ...keys, ...settings, ...key, position, origin, latest, ...fence, ...perSecond, ...messages];
}

/** The keys and arguments that stand for a guard: digest and life of an idempotency key, token and words of a fence. */
function guarded(guard: IdempotencyKey | Fence | undefined, keyPrefix: string) {
  if (guard === undefined) return { guards: [], key: ['', 0], fence: ['', ''] } as const;
  if ('token' in guard)
    return { guards: [guard.lease, guard.state], key: ['', 0], fence: [guard.token, guard.done] } as const;
  return { guards: [keyPrefix + guard.name], key: [guard.digest, guard.ttlMs], fence: ['', ''] } as const;
}

function script(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
