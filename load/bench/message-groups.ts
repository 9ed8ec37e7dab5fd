// What messages cost at a steady load and at the most that a server takes.

import type { Generator, Outcome } from './generator.ts';
import { type Figures, figure, type Group, named, STREAMS, USUAL, WINDOW } from './group.ts';
import { cpuSeconds, residentKb } from './processes.ts';
import type { Server } from './servers.ts';

const INFLIGHT = 64;
const SIZES = [32, 256, 4_096];
const A_SECOND = 60;
const FLAT_STREAMS = [500, 2_000, 10_000];
const WARM_SECONDS = 2;
const LOADS = [25, 50, 75];
// One nginx worker of the deployed configuration takes 7,500.
const HOP_STREAMS = 5_000;

export const paced: Group = {
  figures: [
    ...SIZES.map((bytes) =>
      figure(
        `paced.${bytes}`,
        `CPU a delivery, ${STREAMS} streams, ${A_SECOND} messages/s of ${named(bytes)}`,
        'µs',
        1,
      ),
    ),
    figure('paced.p50', `latency of that (${named(USUAL)}), median`, 'ms', 1),
    figure('paced.p99', `latency of that, p99`, 'ms', 1),
    figure('lone', `a lone message, median of ${STREAMS} streams`, 'ms', 2),
  ],
  async run({ server, generator, seconds }) {
    const figures: Figures = {};
    await generator.open(STREAMS, WINDOW);
    await warmUp(generator);
    for (const bytes of SIZES) {
      const { cost, outcome } = await costOf(server, () => generator.pace(A_SECOND, seconds, bytes));
      figures[`paced.${bytes}`] = cost;
      if (bytes === USUAL) Object.assign(figures, { 'paced.p50': outcome.p50, 'paced.p99': outcome.p99 });
    }
    figures['lone'] = (await generator.pace(10, seconds, USUAL)).p50;
    return figures;
  },
};

export const flat: Group = {
  figures: FLAT_STREAMS.map((streams) =>
    figure(`flat.${streams}`, `CPU a delivery, ${streams} streams, 60,000 deliveries/s`, 'µs', 1),
  ),
  async run({ server, generator, seconds }) {
    const figures: Figures = {};
    let open = 0;
    await warmUp(generator);
    for (const streams of FLAT_STREAMS) {
      await generator.open(streams - open, WINDOW);
      open = streams;
      await generator.pace(60_000 / streams, 1, USUAL);
      figures[`flat.${streams}`] = (await costOf(server, () => generator.pace(60_000 / streams, seconds, USUAL))).cost;
    }
    return figures;
  },
};

export const saturated: Group = {
  figures: [
    ...SIZES.map((bytes) =>
      figure(
        `saturated.${bytes}`,
        `${STREAMS} streams, ${INFLIGHT} publishes of ${named(bytes)} in flight`,
        'deliveries/s',
      ),
    ),
    ...LOADS.flatMap((load) => [
      figure(`load.${load}.p50`, `latency at ${load} % of that (${named(USUAL)}), median`, 'ms', 1),
      figure(`load.${load}.p99`, `latency at ${load} %, p99`, 'ms', 1),
      figure(`load.${load}.p999`, `latency at ${load} %, p99.9`, 'ms', 1),
    ]),
  ],
  async run({ generator, seconds }) {
    const figures: Figures = {};
    await generator.open(STREAMS, WINDOW);
    await warmUp(generator);
    for (const bytes of SIZES) {
      const flood = await generator.flood(INFLIGHT, seconds, bytes);
      figures[`saturated.${bytes}`] = flood.within / flood.seconds;
    }
    const most = (figures[`saturated.${USUAL}`] as number) / STREAMS;
    for (const load of LOADS) {
      const { p50, p99, p999 } = await generator.pace((most * load) / 100, seconds, USUAL);
      Object.assign(figures, { [`load.${load}.p50`]: p50, [`load.${load}.p99`]: p99, [`load.${load}.p999`]: p999 });
    }
    return figures;
  },
};

export const publish: Group = {
  figures: [
    figure('publish', `publishes of ${named(USUAL)}, no stream, ${INFLIGHT} in flight`, 'messages/s'),
    figure('batches', `the same in batches of 100, 8 in flight`, 'messages/s'),
  ],
  async run({ contender, generator, seconds }) {
    const rate = (outcome: Outcome) => outcome.published / outcome.seconds;
    await warmUp(generator);
    return {
      publish: rate(await generator.flood(INFLIGHT, seconds, USUAL)),
      ...(contender.batches && { batches: rate(await generator.flood(8, seconds, USUAL, 100)) }),
    };
  },
};

export const hop: Group = {
  figures: [
    ...[USUAL, 4_096].map((bytes) =>
      figure(`hop.${bytes}`, `CPU a delivery, ${STREAMS} streams, ${A_SECOND} messages/s of ${named(bytes)}`, 'µs', 1),
    ),
    figure('hop.resident', 'memory of an idle stream, resident', 'KB', 1),
  ],
  async run({ server, generator, seconds }) {
    const before = residentKb(server.pids);
    await generator.open(HOP_STREAMS, WINDOW);
    const resident = (residentKb(server.pids) - before) / HOP_STREAMS;
    await generator.close();
    await generator.open(STREAMS, WINDOW);
    // No flood: a proxy on the replica's own core would be kept from the answers to publishes.
    await generator.pace(A_SECOND, 1, USUAL);
    const { cost: usual } = await costOf(server, () => generator.pace(A_SECOND, seconds, USUAL));
    const { cost: large } = await costOf(server, () => generator.pace(A_SECOND, seconds, 4_096));
    return { [`hop.${USUAL}`]: usual, 'hop.4096': large, 'hop.resident': resident };
  },
};

/** Servers run for days: what their compilers do at first, and their allocators, is not what is measured. */
async function warmUp(generator: Generator): Promise<void> {
  await generator.flood(INFLIGHT, WARM_SECONDS, USUAL);
  await generator.pace(A_SECOND, 1, USUAL);
}

/** Microseconds of CPU that the server takes for each delivery of what `publish` publishes. */
async function costOf(server: Server, publish: () => Promise<Outcome>) {
  const before = cpuSeconds(server.pids);
  const outcome = await publish();
  return { cost: ((cpuSeconds(server.pids) - before) / outcome.delivered) * 1e6, outcome };
}
