// Messages that fell out of a queue and that nobody is known to have taken: how many there are, without keeping them. What
// was under way when it fell out may turn out to be taken.

import type { Place, Position } from './position.ts';

/** Messages of one channel behind one mark, one after another. */
interface Run {
  readonly mark: number;
  readonly channel: string;
  from: number;
  to: number;
}

export class Fallen {
  #runs: Run[] = [];

  add({ mark, channel, count }: Place): void {
    const run = this.#runs.findLast((each) => each.channel === channel);
    if (run?.mark === mark) run.to = count;
    else this.#runs.push({ mark, channel, from: count, to: count });
  }

  /** Everything up to here is in the log, or refused. */
  settle({ mark, counts }: Position): void {
    for (const run of this.#runs) {
      if (run.mark < mark) run.from = run.to + 1;
      else if (run.mark === mark) run.from = Math.max(run.from, (counts.get(run.channel) ?? 0) + 1);
    }
    this.#runs = this.#runs.filter(({ from, to }) => from <= to);
  }

  /** How many there are; they are forgotten. */
  take(): number {
    const count = this.#runs.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    this.#runs = [];
    return count;
  }
}
