// What a viewer costs a Flask app that streams by itself, with flask_sse under gunicorn and gevent, and what one costs
// where Fanfare streams what the same app publishes. Prints memory of a viewer, and CPU time and latency of a delivery.
//
//   npm run bench:flask              about two minutes; Linux, since it reads /proc

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { startFlaskApp } from '../test/support/flask-app.ts';
import { FLASK } from '../test/support/python.ts';
import { type RedisServer, startRedis } from '../test/support/redis.ts';
import { ReplicaProcess } from '../test/support/replica.ts';
import { program } from '../test/support/tools.ts';
import { until } from '../test/support/until.ts';
import { children, cpuSeconds, LOAD_CORE, pin, residentKb, SERVER_CORE } from './bench/processes.ts';

const LISTENING = 200;
const IDLE = 1_000;
const MESSAGES_A_SECOND = 10;
const MEASURE_MS = 20_000;
const SETTLE_MS = 2_000;

interface Viewed {
  /** Where viewers connect. */
  readonly url: string;
  /** gunicorn's processes. */
  readonly app: readonly number[];
  /** What streams: Fanfare's process, or gunicorn's. */
  readonly server: readonly number[];
}

async function run(title: string, withFanfare: boolean): Promise<Record<string, string>> {
  const redis = await startRedis();
  const app = await startFlaskApp(redis.url);
  const env = { REDIS_URL: redis.url, FLASK_SSE_CHANNELS: 'sse' };
  const replica = withFanfare ? new ReplicaProcess(env) : undefined;
  const sockets: Socket[] = [];
  try {
    const url = replica === undefined ? app.url : await readyAt(replica);
    await until('the worker is there', () => children(app.pid).length > 0);
    const workers = [app.pid, ...children(app.pid)];
    const server = replica === undefined ? workers : [replica.pid];
    for (const pid of [...workers, ...server]) pin(pid, SERVER_CORE);
    pin(redis.pid, LOAD_CORE);
    pin(process.pid, LOAD_CORE);
    console.log(`${title} …`);
    return { server: title, ...(await measured({ url, app: workers, server }, redis, sockets, app.post)) };
  } finally {
    for (const socket of sockets) socket.destroy();
    await replica?.stop();
    await app.stop();
    await redis.end();
  }
}

async function readyAt(replica: ReplicaProcess): Promise<string> {
  const { url } = await replica.addresses();
  await until('the replica is ready', async () => (await fetch(`${url}/readyz`)).ok);
  return url;
}

async function measured(
  { url, app, server }: Viewed,
  redis: RedisServer,
  sockets: Socket[],
  post: (path: string, form: Record<string, string>) => Promise<void>,
): Promise<Record<string, string>> {
  const latencies: number[] = [];
  await view(url, LISTENING, sockets, redis, latencies);
  const publish = () => post('/greet', { message: `sent at ${performance.now()} ` });
  await publish();
  await until('all are listening', () => latencies.length >= LISTENING);
  latencies.length = 0;
  const used = () => [[...new Set([...app, ...server])], server, [redis.pid]].map(cpuSeconds);
  const [before, begun] = [used(), performance.now()];
  for (let count = 1; performance.now() - begun < MEASURE_MS; count += 1) {
    await publish();
    await wait(Math.max(0, begun + (count * 1_000) / MESSAGES_A_SECOND - performance.now()));
  }
  await wait(SETTLE_MS);
  const [all, streaming, bus] = used().map(
    (seconds, which) => ((seconds - (before[which] ?? 0)) * 1e6) / latencies.length,
  );
  return {
    'CPU a delivery': `${all?.toFixed(1)} µs`,
    'of it what streams': `${streaming?.toFixed(1)} µs`,
    'and Redis': `${bus?.toFixed(1)} µs`,
    'latency p50, p99': `${quantile(latencies, 0.5)}, ${quantile(latencies, 0.99)} ms`,
    deliveries: String(latencies.length),
    ...(await memory(url, server, redis, sockets)),
  };
}

/** What more viewers take that hear nothing. */
async function memory(
  url: string,
  server: readonly number[],
  redis: RedisServer,
  sockets: Socket[],
): Promise<Record<string, string>> {
  const resident = () => [residentKb(server), residentKb([redis.pid])];
  const [before, connections] = [resident(), await clients(redis)];
  await view(url, IDLE, sockets, redis, []);
  await wait(SETTLE_MS);
  const [viewer, bus] = resident().map((kb, which) => (kb - (before[which] ?? 0)) / IDLE);
  return {
    'memory a viewer': `${viewer?.toFixed(1)} KB`,
    'and Redis\u2019s': `${bus?.toFixed(1)} KB`,
    'Redis connections': `${connections} → ${await clients(redis)}`,
  };
}

/** Opens streams; what they bring says when it was sent. */
async function view(
  url: string,
  count: number,
  sockets: Socket[],
  redis: RedisServer,
  latencies: number[],
): Promise<void> {
  const { hostname, port } = new URL(url);
  const before = await clients(redis);
  for (let opened = 0; opened < count; opened += 1) {
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    socket.setEncoding('utf8').on('data', (text: string) => {
      for (const [, at] of text.matchAll(/sent at ([\d.]+) /g)) latencies.push(performance.now() - Number(at));
    });
    socket.write('GET /stream?channel=sse HTTP/1.1\r\nHost: bench\r\n\r\n');
    await once(socket, 'connect');
    // flask_sse says nothing until there is a message, so its connection to Redis is what tells.
    while (socket.bytesRead === 0 && (await clients(redis)) <= before + opened) await wait(2);
  }
}

async function clients({ client }: RedisServer): Promise<number> {
  return Number(/connected_clients:(\d+)/.exec(await client.info('clients'))?.[1]);
}

function quantile(values: readonly number[], part: number): string {
  return (values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1))] ?? Number.NaN).toFixed(1);
}

if (!FLASK.installed) FLASK.install(program('python3'));
console.log(
  `${LISTENING} viewers and ${MESSAGES_A_SECOND} messages/s, then ${IDLE} viewers more; Node ${process.version}`,
);
console.table([await run('the Flask app’s own /stream', false), await run('Fanfare, the same app publishing', true)]);
