// A log line for what may happen in thousands: the first time at once, then at most one line in so many seconds, with
// counts. So a storm is told of when it begins and leaves no storm in the log.

const EVERY_MS = 10_000;

/** How often each kind of it happened. */
export type Counts = Readonly<Record<string, number>>;

export class Gathered {
  readonly #say: (counts: Counts) => void;
  #counts: Record<string, number> = {};
  #timer: NodeJS.Timeout | undefined;

  constructor(say: (counts: Counts) => void) {
    this.#say = say;
  }

  add(kind: string, times = 1): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + times;
    if (this.#timer === undefined) this.#tell();
  }

  /** Says what has not been said, and stops the timer. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (Object.keys(this.#counts).length > 0) this.#say(this.#counts);
    this.#counts = {};
  }

  #tell(): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (Object.keys(this.#counts).length > 0) this.#tell();
    }, EVERY_MS);
    this.#timer.unref();
  }
}
