// The report of a chaos run: what was tried, what was checked, and everything that should not have been.

import type { Fault } from './checker.ts';
import type { Round } from './cluster-under-fault.ts';
import type { NamedFault } from './named-fault.ts';

const RECOVERY_MS = 10_000;

const FOUND: readonly Fault[] = [
  'lost',
  'silent gap',
  'behind',
  'duplicated',
  'reordered',
  'phantom',
  'published twice',
  'half-written',
  'refused but delivered',
];

export class Tally {
  readonly #faults = new Map<string, number>();
  readonly #resets = new Map<string, number>();
  readonly #found = new Map<string, number>();
  /** What the contract does not allow; none where all is well. */
  readonly complaints: string[] = [];
  #sent = 0;
  #delivered = 0;
  #repeated = 0;
  #slowestMs = 0;

  /** @param struck the faults of this round, some of them at once; none in a calm */
  add(struck: readonly NamedFault[], round: Round): void {
    for (const { name } of struck) count(this.#faults, name);
    for (const reason of round.resets.flat()) count(this.#resets, reason);
    for (const { fault } of round.violations) count(this.#found, fault);
    this.#sent += round.sent;
    this.#delivered += round.delivered;
    this.#repeated += round.failures.length;
    this.#slowestMs = Math.max(this.#slowestMs, round.recoveryMs);
    const names = struck.length === 0 ? 'calm' : struck.map(({ name }) => name).join(' + ');
    this.complaints.push(...complaintsOf(struck, round).map((complaint) => `${names}: ${complaint}`));
  }

  print(title: string): void {
    console.info(title);
    console.table({
      'faults tried': [...this.#faults.values()].reduce((sum, each) => sum + each, 0),
      'messages sent': this.#sent,
      'deliveries checked': this.#delivered,
      ...Object.fromEntries(FOUND.map((kind) => [kind, this.#found.get(kind) ?? 0])),
      ...Object.fromEntries([...this.#resets].map(([reason, times]) => [`resets: ${reason}`, times])),
      'answers that made a publisher repeat': this.#repeated,
      'slowest recovery, ms': Math.round(this.#slowestMs),
    });
    console.table(Object.fromEntries(this.#faults));
    for (const complaint of this.complaints) console.error(complaint);
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** What a round had that its faults do not allow. Each loss is told once, or together with the one before it. */
function complaintsOf(struck: readonly NamedFault[], round: Round): string[] {
  const losses = struck.filter(({ loses }) => loses).length;
  const told = (reasons: readonly string[]) =>
    reasons.length >= Math.min(1, losses) && reasons.length <= losses && reasons.every((reason) => reason === 'lost');
  const wrong = round.resets.filter((reasons) => !told(reasons));
  // Two faults at once may leave a publish nowhere to go; one alone, and none, only where it says so.
  const mayFail = struck.length > 1 || struck.some(({ failsSends }) => failsSends);
  return [
    ...round.violations.map(({ fault, detail }) => `${fault}: ${detail}`),
    ...round.finals.map((final) => `a stream was refused for good: ${final}`),
    ...(wrong.length > 0 ? [`${wrong.length} streams were told otherwise than of ${losses} losses: ${wrong[0]}`] : []),
    ...(!mayFail && round.failures.length > 0 ? [`sends had to be repeated: ${round.failures}`] : []),
    ...(round.recoveryMs > RECOVERY_MS ? [`it took ${round.recoveryMs} ms to recover`] : []),
  ];
}
