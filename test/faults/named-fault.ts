// What a named fault is: the tests try each once, and chaos tries them at random, several at a time.

import { setTimeout as wait } from 'node:timers/promises';
import type { Lab } from './cluster-under-fault.ts';
import type { FaultProxy } from './proxy.ts';

/** A part of the cluster. Two faults of the same part at once would undo each other. */
type Part = 'clients' | 'nginx' | 'replicas' | 'lines' | 'redis';

/** It is over, though not yet recovered from, when `run` resolves. */
export interface NamedFault {
  readonly rule: string;
  readonly name: string;
  readonly strikes: Part;
  /** Whether the bus loses messages, and each stream gets one `lost` for it. Otherwise there is no reset. */
  readonly loses?: true;
  /** Whether publishers may have to repeat. Otherwise every send is acknowledged at once, through nginx. */
  readonly failsSends?: true;
  /** Whether publishers are told that the bus is away, instead of being left to wait until it is back (P5). */
  readonly refuses?: true;
  /** How long a publisher waits at most for any answer. */
  readonly answersWithinMs?: number;
  /** Within which time everybody is at the tip again, where that is less than usual. */
  readonly recoversWithinMs?: number;
  /** Whether it measures the cluster, so that another fault at the same time would spoil it. */
  readonly alone?: true;
  /** Only where Redis keeps all that it acknowledged, or only where it does not. */
  readonly only?: 'durable' | 'forgetful';
  /** Lasts too long for every run of the tests; `npm run faults` tries it. */
  readonly long?: true;
  run(lab: Lab): Promise<void>;
}

/** Lets a fault last. Nothing is waited for by this. */
export async function lasting(ms: number): Promise<void> {
  await wait(ms);
}

export async function oneByOne<T>(all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  for (const one of all) await each(one);
}

/** Makes lines between replicas and Redis bad while `act` runs, and good again. */
export async function onLines(
  replicas: readonly { readonly line: FaultProxy }[],
  fault: Partial<Pick<FaultProxy, 'faults' | 'filter'>>,
  act: () => Promise<void>,
): Promise<void> {
  for (const { line } of replicas) Object.assign(line, fault);
  try {
    await act();
  } finally {
    for (const { line } of replicas) line.heal();
  }
}
