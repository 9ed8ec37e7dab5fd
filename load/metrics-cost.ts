// What the metrics cost: one replica with 1,000 streams and 60 messages a second, its metrics off and on in turn, scraped
// every 5 s while they are on. Prints the replica's CPU time of both and the ratio of neighbours.
//
//   npm run bench:metrics            about three minutes; Linux, since it reads /proc

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cpuSeconds } from './bench/processes.ts';

const STREAMS = 1_000;
const MESSAGES_A_SECOND = 60;
const MESSAGE_BYTES = 100;
const PAIRS = 16;
const HALF_MS = 5_000;
const SCRAPE_MS = 5_000;

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));

const replica = spawn(process.execPath, ['--import', path('metrics-switch.ts'), path('../src/main.ts')], {
  env: { PORT: '0', METRICS_PORT: '0', REPLICA: 'bench' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const sockets: Socket[] = [];

try {
  const { url, metricsUrl } = await addresses();
  await subscribe(new URL(url));
  const stop = new AbortController();
  const publishing = publish(url, stop.signal);
  const pairs: { readonly without: number; readonly with: number }[] = [];
  await wait(HALF_MS);
  for (let count = 0; count < PAIRS; count += 1) {
    replica.kill('SIGUSR2');
    const without = await measured(() => wait(HALF_MS));
    replica.kill('SIGUSR2');
    pairs.push({ without, with: await measured(() => scraping(metricsUrl)) });
  }
  stop.abort();
  await publishing;
  report(pairs);
} finally {
  for (const socket of sockets) socket.destroy();
  replica.kill('SIGKILL');
}

async function addresses(): Promise<{ url: string; metricsUrl: string }> {
  const [line] = (await once(replica.stdout.setEncoding('utf8'), 'data')) as [string];
  replica.stdout.resume();
  const { msg, metricsPort } = JSON.parse(line) as { msg: string; metricsPort: number };
  const url = /http:\/\/[^/]+/.exec(msg)?.[0] as string;
  return { url, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics` };
}

/** Opens the streams; what comes over them is read and thrown away. */
async function subscribe({ hostname, port }: URL): Promise<void> {
  for (let count = 0; count < STREAMS; count += 1) {
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    socket.write('GET /stream HTTP/1.1\r\nHost: bench\r\n\r\n');
    await once(socket, 'data');
    socket.resume();
  }
}

async function publish(url: string, stop: AbortSignal): Promise<void> {
  const body = new URLSearchParams({ message: 'x'.repeat(MESSAGE_BYTES) });
  const begun = performance.now();
  for (let count = 1; !stop.aborted; count += 1) {
    const answer = await fetch(`${url}/send`, { method: 'POST', body });
    if (answer.status !== 201) throw new Error(`/send answered ${answer.status}`);
    await answer.text();
    await wait(Math.max(0, begun + (count * 1_000) / MESSAGES_A_SECOND - performance.now()));
  }
}

async function scraping(metricsUrl: string): Promise<void> {
  for (let at = 0; at < HALF_MS; at += SCRAPE_MS) {
    await (await fetch(metricsUrl)).text();
    await wait(SCRAPE_MS);
  }
}

/** The replica's CPU seconds in each second of `act`. */
async function measured(act: () => Promise<void>): Promise<number> {
  const pids = [replica.pid as number];
  const [begun, before] = [performance.now(), cpuSeconds(pids)];
  await act();
  return (cpuSeconds(pids) - before) / ((performance.now() - begun) / 1_000);
}

function report(pairs: readonly { readonly without: number; readonly with: number }[]): void {
  const spread = (values: readonly number[], digits: number) => {
    const sorted = values.toSorted((a, b) => a - b);
    const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] as number).toFixed(digits);
    return { 'lower quartile': at(0.25), median: at(0.5), 'upper quartile': at(0.75) };
  };
  console.log(
    `${STREAMS} streams, ${MESSAGES_A_SECOND} messages/s, ${PAIRS} pairs of ${HALF_MS / 1_000} s, Node ${process.version}`,
  );
  console.table({
    'CPU with metrics, cores': spread(
      pairs.map((pair) => pair.with),
      3,
    ),
    'CPU without, cores': spread(
      pairs.map(({ without }) => without),
      3,
    ),
    'with / without': spread(
      pairs.map((pair) => pair.with / pair.without),
      4,
    ),
  });
}
