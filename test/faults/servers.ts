// What is broken in the laboratory: Redis, a bad line from each replica to it, three replicas as processes, nginx with the
// deployed configuration, and a bad line from clients to it. Whoever starts it ends all of it.

import { fileURLToPath } from 'node:url';
import type { Environment } from '../../src/settings.ts';
import { freePort, type RedisServer, startRedis } from '../support/redis.ts';
import { metric, ReplicaProcess } from '../support/replica.ts';
import { until } from '../support/until.ts';
import { NginxProcess } from './nginx-process.ts';
import { FaultProxy } from './proxy.ts';

export const HEARTBEAT_MS = 1_000;
export const SLOW_CLIENT_BYTES = 262_144;
export const HISTORY_BYTES = 33_554_432;

// Redis may be frozen meanwhile.
const START_MS = 60_000;

const ENVIRONMENT = {
  TRUST_PROXY: 'true',
  RETRY_MS: '200',
  HEARTBEAT_MS: String(HEARTBEAT_MS),
  DRAIN_MS: '800',
  SLOW_CLIENT_BYTES: String(SLOW_CLIENT_BYTES),
  HISTORY_BYTES: String(HISTORY_BYTES),
  // A message of 64 KiB and its field names.
  MAX_MESSAGE_BYTES: '65536',
  NODE_OPTIONS: `--import=${fileURLToPath(new URL('./blockable.ts', import.meta.url))}`,
};

/** A replica that comes back under the address that it had. */
export class LabReplica {
  readonly name: string;
  readonly url: string;
  metricsUrl = '';
  readonly #env: Environment;
  #process: ReplicaProcess | undefined;

  /** A replica of its own, behind no nginx and with a good line to Redis. */
  static async start(name: string, redisPort: number, env: Environment): Promise<LabReplica> {
    const replica = new LabReplica(name, await freePort(), redisPort, env);
    await replica.start();
    return replica;
  }

  constructor(name: string, port: number, redisPort: number, env: Environment) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    const redis = `redis://127.0.0.1:${redisPort}`;
    this.#env = { ...ENVIRONMENT, REPLICA: name, PORT: String(port), REDIS_URL: redis, ...env };
  }

  get process(): ReplicaProcess {
    if (this.#process === undefined) throw new Error(`${this.name} has not been started`);
    return this.#process;
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    this.#process = new ReplicaProcess(this.#env);
    this.metricsUrl = (await this.#process.addresses()).metricsUrl;
    await until(`${this.name} is ready`, () => this.ready(), START_MS);
  }

  async ready(): Promise<boolean> {
    try {
      // A connection that is kept would count as one that the replica holds.
      return (await fetch(`${this.url}/readyz`, { headers: { Connection: 'close' } })).ok;
    } catch {
      // It is not there.
      return false;
    }
  }

  async kill(): Promise<void> {
    await this.#process?.stop();
  }
}

/** A replica of the cluster, with a line to Redis of its own. */
class LinedReplica extends LabReplica {
  readonly line: FaultProxy;

  constructor(name: string, port: number, line: FaultProxy, env: Environment) {
    super(name, port, line.port, env);
    this.line = line;
  }
}

export interface Servers {
  readonly redis: RedisServer;
  readonly replicas: readonly [LinedReplica, LinedReplica, LinedReplica];
  readonly nginx: NginxProcess;
  /** The line from clients to nginx. */
  readonly front: FaultProxy;
  /** All is as it was at the start, and ready. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

/** @param durable whether Redis keeps all that it acknowledged, and replicas may rely on it (R6) */
export async function startServers(random: () => number, durable: boolean): Promise<Servers> {
  const redis = await startRedis(durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []);
  const stops: (() => Promise<void>)[] = [() => redis.end()];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  const env = { REDIS_DURABLE: String(durable) };
  const replica = async (name: string) => {
    const line = await FaultProxy.start(redis.port, random, { replies: true });
    // Where Prometheus asks it, also after a restart.
    const metricsPort = String(await freePort());
    const started = new LinedReplica(name, await freePort(), line, { ...env, METRICS_PORT: metricsPort });
    stops.push(
      () => line.stop(),
      () => started.kill(),
    );
    return started;
  };
  try {
    const replicas = [await replica('one'), await replica('two'), await replica('three')] as const;
    await Promise.all(replicas.map((each) => each.start()));
    const nginx = await NginxProcess.start(replicas.map(({ url }) => url));
    stops.push(() => nginx.stop());
    const front = await FaultProxy.start(Number(new URL(nginx.url).port), random);
    stops.push(() => front.stop());
    const heal = async () => {
      for (const line of [front, ...replicas.map((each) => each.line)]) line.heal();
      await Promise.all(replicas.map((each) => (each.process.running ? undefined : each.start())));
      await until('all replicas are ready', async () =>
        (await Promise.all(replicas.map((r) => r.ready()))).every(Boolean),
      );
    };
    return { redis, replicas, nginx, front, heal, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The sum of one sample over all replicas. */
export async function total({ replicas }: Servers, sample: string): Promise<number> {
  const values = await Promise.all(replicas.map((replica) => metric(replica, sample)));
  return values.reduce((sum, value) => sum + value, 0);
}
