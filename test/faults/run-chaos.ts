// `npm run chaos -- --minutes 30 --seed 7`: half of the time over a Redis that keeps all that it acknowledged, half over
// one that forgets. At the end a table says what was tried and what was found; anything found ends it with 1.

import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';
import { Lab } from './cluster-under-fault.ts';
import { faultsOf } from './fault-list.ts';
import { printedSeed, randomFrom } from './random.ts';
import { Tally } from './tally.ts';

const WORKLOAD = { subscribers: 200, restless: 20, perSecond: 200 };

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not ${values.minutes}`);
const random = randomFrom(printedSeed(values.seed));
const tally = new Tally();
try {
  for (const durable of [true, false]) {
    const lab = await Lab.start({ ...WORKLOAD, random, durable });
    try {
      await chaos(lab, faultsOf({ durable }), minutes / 2, tally);
      await lab.leave();
    } finally {
      await lab.stop();
    }
  }
} finally {
  tally.print(`npm run chaos -- --minutes ${minutes} --seed ${random.seed}`);
}
// At once: Node 26.10 can turn for ever when it tidies up by itself the sockets of half an hour.
process.exit(tally.complaints.length === 0 ? 0 : 1);
