// Faults at random for as long as is wanted: `npm run chaos -- --minutes 30 --seed 7`. After each the workload comes to
// rest and is judged; at the end a table says what was tried and what was found. Any violation ends it with 1.

import { setTimeout as lasting } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Fault, Violation } from './checker.ts';
import { Lab, type Round } from './cluster-under-fault.ts';
import { FAULTS } from './fault-list.ts';
import type { NamedFault } from './named-fault.ts';
import { pick, printedSeed, type Random, randomFrom } from './random.ts';

const WORKLOAD = { durable: true, subscribers: 200, restless: 20, perSecond: 200 };
// As much calm between faults, with sends and reconnections going on.
const MOST_CALM_MS = 2_000;
const RECOVERY_MS = 10_000;

const FOUND: readonly Fault[] = [
  'lost',
  'silent gap',
  'behind',
  'duplicated',
  'reordered',
  'phantom',
  'published twice',
  'refused but delivered',
];

class Tally {
  readonly faults = new Map<string, number>();
  readonly resets = new Map<string, number>();
  readonly violations: Violation[] = [];
  readonly complaints: string[] = [];
  sent = 0;
  delivered = 0;
  repeated = 0;
  slowestMs = 0;

  add(fault: NamedFault, round: Round): void {
    count(this.faults, fault.name);
    for (const reason of round.resets.flat()) count(this.resets, reason);
    this.sent += round.sent;
    this.delivered += round.delivered;
    this.repeated += round.failures.length;
    this.slowestMs = Math.max(this.slowestMs, round.recoveryMs);
    this.violations.push(...round.violations);
    this.complaints.push(...complaintsOf(fault, round));
  }

  print(seed: number): void {
    const found = FOUND.map((kind) => [kind, this.violations.filter(({ fault }) => fault === kind).length]);
    console.table({
      seed,
      'faults tried': [...this.faults.values()].reduce((sum, each) => sum + each, 0),
      'messages sent': this.sent,
      'deliveries checked': this.delivered,
      ...Object.fromEntries(found),
      ...Object.fromEntries([...this.resets].map(([reason, times]) => [`resets: ${reason}`, times])),
      'answers that made a publisher repeat': this.repeated,
      'slowest recovery, ms': Math.round(this.slowestMs),
    });
    console.table(Object.fromEntries(this.faults));
    for (const complaint of this.complaints) console.error(complaint);
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** What a round had that its fault does not allow. */
function complaintsOf({ name, loses, failsSends }: NamedFault, round: Round): string[] {
  const wanted = loses ? 'lost' : '';
  const reset = round.resets.filter((reasons) => reasons.join() !== wanted).length;
  return [
    ...round.violations.map(({ fault, detail }) => `${name}: ${fault}: ${detail}`),
    ...round.finals.map((final) => `${name}: a stream was refused for good: ${final}`),
    ...(reset > 0 ? [`${name}: ${reset} streams had other resets than ${wanted || 'none'}`] : []),
    ...(!failsSends && round.failures.length > 0 ? [`${name}: ${round.failures.length} sends had to be repeated`] : []),
    ...(round.recoveryMs > RECOVERY_MS ? [`${name}: took ${round.recoveryMs} ms to recover`] : []),
  ];
}

async function chaos(random: Random, minutes: number): Promise<Tally> {
  const tally = new Tally();
  const lab = await Lab.start(random, WORKLOAD);
  try {
    await lab.settle();
    const end = performance.now() + minutes * 60_000;
    while (performance.now() < end) {
      const fault = pick(random, FAULTS);
      await fault.run(lab);
      tally.add(fault, await lab.settle());
      await lasting(random() * MOST_CALM_MS);
    }
    await lab.leave();
  } finally {
    await lab.stop();
  }
  return tally;
}

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not ${values.minutes}`);
const random = randomFrom(printedSeed(values.seed));
const tally = await chaos(random, minutes);
tally.print(random.seed);
process.exitCode = tally.complaints.length === 0 ? 0 : 1;
