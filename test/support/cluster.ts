// Three replicas as processes, nginx in front of them, and EventSources that come through it.

import { expect } from 'vitest';
import type { Environment } from '../../src/settings.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { freePort } from './redis.ts';
import { ReplicaProcess } from './replica.ts';
import { type OpenEventSource, openEventSource } from './subscriber.ts';
import { until } from './until.ts';

/** A replica as a process, which comes back under the address that it had. */
class ClusterReplica {
  readonly name: string;
  readonly url: string;
  metricsUrl = '';
  readonly #env: Environment;
  #process: ReplicaProcess | undefined;

  constructor(name: string, port: number, env: Environment) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    this.#env = { TRUST_PROXY: 'true', RETRY_MS: '100', ...env, REPLICA: name, PORT: String(port) };
  }

  get process(): ReplicaProcess {
    if (this.#process === undefined) throw new Error(`${this.name} has not been started`);
    return this.#process;
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    this.#process = new ReplicaProcess(this.#env);
    const { metricsUrl } = await this.#process.addresses();
    this.metricsUrl = metricsUrl;
    await until(`${this.name} is ready`, async () => (await fetch(`${this.url}/readyz`)).ok);
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }
}

export interface Cluster extends Nginx {
  readonly replicas: readonly [ClusterReplica, ClusterReplica, ClusterReplica];
  /** Starts the replicas that a test has ended, so that the next one finds all of them. */
  restore(): Promise<void>;
}

/** Three replicas, and nginx in front of them. `env` is every replica's. */
export async function startCluster(env: Environment): Promise<Cluster> {
  const replica = async (name: string) => new ClusterReplica(name, await freePort(), env);
  const replicas = [await replica('one'), await replica('two'), await replica('three')] as const;
  const stopReplicas = () => Promise.all(replicas.map((each) => each.stop()));
  try {
    await Promise.all(replicas.map((each) => each.start()));
    const nginx = await startNginx(replicas.map(({ url }) => url));
    const stop = async () => {
      await nginx.stop();
      await stopReplicas();
    };
    const restore = async () => {
      for (const each of replicas) if (!each.process.running) await each.start();
    };
    return { ...nginx, replicas, restore, stop };
  } catch (error) {
    await stopReplicas();
    throw error;
  }
}

/** EventSources of one test, which it closes together. */
export class Audience {
  readonly streams: OpenEventSource[] = [];
  readonly #url: string;

  /** @param url of the cluster, or of one replica */
  constructor(url: string) {
    this.#url = url;
  }

  /** @param events that are heard beside messages and control events */
  async open(channel: string, events: readonly string[] = []): Promise<OpenEventSource> {
    const names = ['fanfare:open', 'fanfare:reset', 'fanfare:close', ...events];
    const stream = await openEventSource(this.#url, `channel=${channel}`, names);
    this.streams.push(stream);
    return stream;
  }

  /** Opens streams until each of these replicas serves `count` of them; those that are too many are closed. */
  async openOnEach(names: readonly string[], count: number, channel: string): Promise<readonly OpenEventSource[]> {
    const chosen: OpenEventSource[] = [];
    const serves = (name: string) => chosen.filter((stream) => servedBy(stream)[0] === name).length;
    await until(`each of ${names} serves ${count} streams`, async () => {
      const stream = await this.open(channel);
      if (serves(servedBy(stream)[0] as string) < count) chosen.push(stream);
      else stream.source.close();
      return names.every((name) => serves(name) === count);
    });
    return chosen;
  }

  close(): void {
    for (const { source } of this.streams) source.close();
  }
}

/** The names of the replicas that have served a stream, in order. */
export function servedBy({ named }: OpenEventSource): string[] {
  const opens = named.filter(({ event }) => event === 'fanfare:open');
  return opens.map(({ data }) => (JSON.parse(data) as { replica: string }).replica);
}

/** Waits until every stream has the last of `ids`, then expects them all, in this order, once each, and no reset. */
export async function expectAll(streams: readonly OpenEventSource[], ids: readonly string[]): Promise<void> {
  const last = ids.at(-1);
  await until(`message ${last} is on every stream`, () =>
    streams.every(({ messages }) => messages.some(({ id }) => id === last)),
  );
  for (const { messages, named } of streams) {
    expect(messages.map(({ id }) => id)).toEqual(ids);
    expect(named.filter(({ event }) => event === 'fanfare:reset')).toEqual([]);
  }
}
