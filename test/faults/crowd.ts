// Many clients that do nothing, in processes of their own: one process holds only so many files. A crowd that is frozen is
// one whose hosts have vanished: its connections stay, nothing is sent, and nothing more is read.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.ts';

const PROCESS = fileURLToPath(new URL('./crowd-process.ts', import.meta.url));
const IN_ONE_PROCESS = 5_000;
const GIVE_UP_MS = 30_000;

interface State {
  readonly open: number;
  readonly failed: number;
  readonly ended: number;
  /** The beginning of what has come. */
  readonly told: string;
}

export interface CrowdOptions {
  readonly count: number;
  /** What they say first, in turn, byte by byte. */
  readonly says?: readonly string[];
  /** Whether it takes what comes. */
  readonly reads?: boolean;
}

export class Crowd {
  readonly #children: readonly ChildProcess[];
  readonly #states: State[] = [];
  readonly #count: number;

  /** Resolves when all are connected and have said what they say. */
  static async open(url: string, { count, says = [], reads = true }: CrowdOptions): Promise<Crowd> {
    const crowd = new Crowd(new URL(url).port, count, says, reads);
    try {
      await until(`${count} are connected`, () => crowd.open === count, GIVE_UP_MS);
      return crowd;
    } catch (error) {
      crowd.close();
      throw error;
    }
  }

  private constructor(port: string, count: number, says: readonly string[], reads: boolean) {
    this.#count = count;
    const sizes = Array.from({ length: Math.ceil(count / IN_ONE_PROCESS) }, (_, index) =>
      Math.min(IN_ONE_PROCESS, count - index * IN_ONE_PROCESS),
    );
    this.#children = sizes.map((size, index) => {
      const words = [PROCESS, port, String(size), JSON.stringify(says), String(reads)];
      const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
      let rest = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() as string;
        const last = lines.at(-1);
        if (last !== undefined) this.#states[index] = JSON.parse(last) as State;
      });
      return child;
    });
  }

  get open(): number {
    return this.#sum('open');
  }

  /** How many connections have ended, whoever ended them. */
  get ended(): number {
    return this.#sum('ended');
  }

  get told(): string {
    return this.#states.map(({ told }) => told).join('');
  }

  /** From now on nothing is sent and nothing read, but for what the kernel does. */
  freeze(): void {
    for (const child of this.#children) child.kill('SIGSTOP');
  }

  async allEnded(giveUpMs = GIVE_UP_MS): Promise<void> {
    await until(`${this.#count} connections have ended`, () => this.ended === this.#count, giveUpMs);
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  #sum(what: 'open' | 'ended'): number {
    return this.#states.reduce((sum, state) => sum + (state?.[what] ?? 0), 0);
  }
}
