// What is measured, in groups that each begin with a fresh server.

import type { Group } from './group.ts';
import { flat, hop, paced, publish, saturated } from './message-groups.ts';
import { idle, resume } from './stream-groups.ts';

export const GROUPS: Readonly<Record<string, Group>> = { paced, flat, saturated, idle, resume, publish, hop };
