// What the replicas hold open: files, sockets and timers, by their kind. After the storm it is no more than before.

import { metricsOf } from '../support/replica.ts';
import type { Servers } from './servers.ts';

/** Kind → the most of it that any replica holds. */
export type OpenResources = ReadonlyMap<string, number>;

const FILES = /^process_open_fds (\d+)$/;
const RESOURCES = /^nodejs_active_resources\{type="(\w+)"\} (\d+)$/;

export async function openResources({ replicas }: Servers): Promise<OpenResources> {
  const open = new Map<string, number>();
  for (const page of await Promise.all(replicas.map(metricsOf))) {
    for (const line of page.split('\n')) {
      const files = FILES.exec(line)?.[1];
      const [, kind, count = files] = RESOURCES.exec(line) ?? [undefined, 'files'];
      if (kind !== undefined && count !== undefined) open.set(kind, Math.max(open.get(kind) ?? 0, Number(count)));
    }
  }
  return open;
}

/** What there is more of than `before`; empty where there is nothing. */
export function moreThan(before: OpenResources, now: OpenResources): string {
  const more = [...now].filter(([kind, count]) => count > (before.get(kind) ?? 0));
  return more.map(([kind, count]) => `${count} ${kind} instead of ${before.get(kind) ?? 0}`).join(', ');
}
