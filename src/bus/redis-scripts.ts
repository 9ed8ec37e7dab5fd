// The log's scripts, as commands of a connection. What they take and return, their own heads say.

import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type { Id } from '../entry.ts';
import type { StreamEntry } from './frame.ts';

export type Argument = string | number | Buffer;
type Script<Reply> = (keyCount: number, ...keysAndArguments: Argument[]) => Promise<Reply>;
type PublishReply = [outcome: 'published' | 'repeated' | 'conflict' | 'late', ...ids: Id[]];
export type LookReply = [outcome: 'tip', id: Id, prev: Id, entries: number, bytes: string, oldest: Id, now: string];
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

function script(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}
