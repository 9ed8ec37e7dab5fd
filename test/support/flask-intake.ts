// What tests of the intake share: messages as flask_sse publishes them, and who takes them in.

import type { Bracket } from './bracket.ts';
import type { RedisServer } from './redis.ts';
import { metric, type RunningReplica } from './replica.ts';
import type { Subscriber } from './subscriber.ts';
import { until } from './until.ts';

/** The settings of a replica that listens. */
export const INTAKE = { FLASK_SSE_CHANNELS: 'sse,messages' };

/** The sample that counts messages that are dropped for this reason. */
export function dropped(reason: string): string {
  return `fanfare_flask_messages_dropped_total{reason="${reason}"}`;
}

/** Publishes texts as flask_sse does, and resolves when Redis has passed them on. */
export async function publishRaw(redis: RedisServer, texts: readonly string[], channel = 'sse'): Promise<void> {
  await Promise.all(texts.map((text) => redis.client.publish(channel, JSON.stringify({ data: text }))));
}

/** Publishes one message after another until it is stopped, which gives what has been published. */
export function flow(redis: RedisServer): { stop(): Promise<string[]> } {
  const texts: string[] = [];
  let stopped = false;
  async function publish(): Promise<string[]> {
    while (!stopped) {
      texts.push(`message ${texts.length}`);
      await publishRaw(redis, texts.slice(-1));
    }
    return texts;
  }
  const publishing = publish();
  return {
    stop() {
      stopped = true;
      return publishing;
    },
  };
}

export function numbered(count: number, name = 'message'): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${index}`);
}

/** The data of all events up to this one. */
export async function dataUntil(subscriber: Subscriber, last: string): Promise<string[]> {
  return (await subscriber.takeUntil(({ data }) => data === last)).map(({ data }) => data);
}

/** Why a replica is not ready; undefined where it is. */
export async function unready({ url }: { readonly url: string }): Promise<readonly string[] | undefined> {
  const answer = await fetch(`${url}/readyz`);
  return ((await answer.json()) as { readonly reasons?: readonly string[] }).reasons;
}

export async function allReady(replicas: readonly { readonly url: string }[]): Promise<void> {
  for (const replica of replicas)
    await until('the replica is ready', async () => (await unready(replica)) === undefined);
}

/** The replicas that take messages in. */
export async function holders<R extends { readonly metricsUrl: string }>(replicas: readonly R[]): Promise<R[]> {
  const taking = await Promise.all(replicas.map((replica) => metric(replica, 'fanfare_flask_intake')));
  return replicas.filter((_, index) => taking[index] === 1);
}

/** Replicas that are started at the same time. */
export function together(bracket: Bracket, count: number): Promise<readonly RunningReplica[]> {
  return Promise.all(Array.from({ length: count }, () => bracket.start(INTAKE)));
}

/** A stream of a replica that has no part in the intake, so that it outlives those that have. */
export async function watcher(bracket: Bracket) {
  const stream = await bracket.subscribed((await bracket.start()).url, 'channel=sse');
  return {
    seen: () => stream.text.split('\ndata: ').length,
    dataUntil: (last: string) => dataUntil(stream, last),
  };
}
