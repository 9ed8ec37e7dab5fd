// All faults, in the order in which the tests try them.

import { LINE_FAULTS } from './line-faults.ts';
import type { NamedFault } from './named-fault.ts';
import { NGINX_FAULTS, REPLICA_FAULTS } from './process-faults.ts';
import { REDIS_FAULTS } from './redis-faults.ts';

export const FAULTS: readonly NamedFault[] = [...REPLICA_FAULTS, ...NGINX_FAULTS, ...LINE_FAULTS, ...REDIS_FAULTS];
