// All faults, in the order in which the tests try them.

import { CLIENT_FAULTS } from './client-faults.ts';
import { DEAF_FAULTS } from './deaf-faults.ts';
import { LINE_FAULTS } from './line-faults.ts';
import { MEMORY_FAULTS } from './memory-faults.ts';
import type { NamedFault } from './named-fault.ts';
import { NGINX_FAULTS, REPLICA_FAULTS } from './process-faults.ts';
import { REDIS_FAULTS } from './redis-faults.ts';
import { TRIM_FAULTS } from './trim-faults.ts';

const ALL = [
  ...REPLICA_FAULTS,
  ...NGINX_FAULTS,
  ...CLIENT_FAULTS,
  ...LINE_FAULTS,
  ...DEAF_FAULTS,
  ...REDIS_FAULTS,
  ...MEMORY_FAULTS,
  ...TRIM_FAULTS,
];

/** Those that a cluster with such a Redis can be judged by. */
export function faultsOf({ durable }: { readonly durable: boolean }): readonly NamedFault[] {
  return ALL.filter(({ only }) => only === undefined || (only === 'durable') === durable);
}
