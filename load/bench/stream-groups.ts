// What streams cost that come, stay and come back.

import { setTimeout as wait } from 'node:timers/promises';
import { figure, type Group, STREAMS, USUAL, WINDOW } from './group.ts';
import { cpuSeconds, kernelKb, residentKb } from './processes.ts';
import type { Contender, Server } from './servers.ts';

const MANY_STREAMS = 10_000;
const MISSED = 100;
const HEARTBEAT_SECONDS = 15;

export const idle: Group = {
  figures: [
    figure('connects', `connects, ${MANY_STREAMS} streams, ${WINDOW} at a time`, '/s'),
    figure('resident', `memory of an idle stream, resident`, 'KB', 1),
    figure('replica', `of it in the replicas`, 'KB', 1),
    figure('kernel', `kernel memory of an idle stream, both ends`, 'KB', 1),
    figure('beats', `CPU of ${MANY_STREAMS} idle streams with their heartbeats, beyond that of none`, '% of a core', 2),
  ],
  async run({ server, generator }) {
    const alone = await coresOf(server, HEARTBEAT_SECONDS / 3);
    const [resident, replica, kernel] = [residentKb(server.pids), residentKb(server.replicas), kernelKb()];
    const opening = await generator.open(MANY_STREAMS, WINDOW);
    await wait(3_000);
    const beating = await coresOf(server, HEARTBEAT_SECONDS);
    const each = (now: number, then: number) => (now - then) / MANY_STREAMS;
    return {
      connects: MANY_STREAMS / opening,
      beats: (beating - alone) * 100,
      resident: each(residentKb(server.pids), resident),
      replica: each(residentKb(server.replicas), replica),
      kernel: each(kernelKb(), kernel),
    };
  },
};

export const resume: Group = {
  figures: [
    figure('resumes', `resumes, ${MANY_STREAMS} streams, each ${MISSED} messages behind, ${WINDOW} at a time`, '/s'),
    figure('storm', `all ${MANY_STREAMS} at once: until the last has caught up`, 's', 2),
    figure('stall', 'longest stall of the event loop meanwhile', 'ms'),
  ],
  async run({ contender, server, generator }) {
    if (contender.cursor === undefined) return {};
    await generator.open(STREAMS, WINDOW);
    const header = await contender.cursor(server.port);
    await generator.close();
    for (let left = MISSED; left > 0; left -= 1) await publishOne(contender, server.port);
    const resumes = MANY_STREAMS / (await generator.open(MANY_STREAMS, WINDOW, MISSED, header));
    await generator.close();
    await wait(1_000);
    await longestStall(server);
    const storm = await generator.open(MANY_STREAMS, MANY_STREAMS, MISSED, header);
    const stall = await longestStall(server);
    return { resumes, storm, ...(stall !== undefined && { stall }) };
  },
};

/** The cores that the server takes while nothing is asked of it. */
async function coresOf(server: Server, seconds: number): Promise<number> {
  const before = cpuSeconds(server.pids);
  await wait(seconds * 1_000);
  return (cpuSeconds(server.pids) - before) / seconds;
}

async function publishOne({ dialect }: Contender, port: number): Promise<void> {
  const [line, , type = ''] = dialect.publish.split('\r\n');
  const body = `@0000000000000000${'x'.repeat(USUAL - 17)}`;
  await fetch(`http://127.0.0.1:${port}${line?.split(' ')[1]}`, {
    method: 'POST',
    headers: { 'Content-Type': type.split(': ')[1] as string },
    body: dialect.around.join(body),
  });
}

/** In milliseconds since it was last asked. */
async function longestStall({ metricsUrl }: Server): Promise<number | undefined> {
  if (metricsUrl === undefined) return undefined;
  const page = await (await fetch(metricsUrl)).text();
  return Number(/^nodejs_eventloop_lag_max_seconds (\S+)/m.exec(page)?.[1]) * 1_000;
}
