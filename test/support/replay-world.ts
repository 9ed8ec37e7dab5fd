// A bus, a hub, a replay and the streams that it serves, for tests that try every order of publishing, pages and writes.

import { setImmediate as immediately } from 'node:timers';
import type fc from 'fast-check';
import { expect } from 'vitest';
import { BEFORE_ALL, type Entry, type Id } from '../../src/entry.ts';
import { Hub } from '../../src/hub.ts';
import { createLogger } from '../../src/log.ts';
import { LogReader } from '../../src/log-reader.ts';
import { Replay } from '../../src/replay.ts';
import { heartbeatBlock } from '../../src/sse.ts';
import type { Start } from '../../src/start.ts';
import { BusModel, type BusModelOptions } from './bus-model.ts';
import { type RecordedStream, recordedStream } from './recorded-stream.ts';

export interface Served extends RecordedStream {
  readonly start: Start;
  /** The replica's position when the stream came. */
  readonly cameAt: Id;
  live: boolean;
}

// Far more turns than the stories of these tests need.
const MOST_TURNS = 200;

export class ReplayWorld {
  readonly bus: BusModel;
  readonly served: Served[] = [];
  /** From where all that the log held could be given, at every moment: streams may share a page that is on its way. */
  readonly starts: Id[];
  readonly #scheduler: fc.Scheduler;
  readonly #hub: Hub;
  readonly #replay: Replay;

  constructor(scheduler: fc.Scheduler, options: BusModelOptions) {
    this.#scheduler = scheduler;
    this.bus = new BusModel(scheduler, options);
    this.starts = [startOf(this.bus.log.entries)];
    this.#hub = new Hub(() => this.bus.ring.position as Id, Number.POSITIVE_INFINITY, {
      delivered: () => undefined,
      reset: () => undefined,
    });
    this.#replay = new Replay(
      { bus: this.bus, reader: new LogReader(this.bus) },
      this.#hub,
      'replica',
      0,
      createLogger('silent', 'replica'),
      {
        opened: () => undefined,
        resumed: () => undefined,
        replayed: () => undefined,
        reset: () => undefined,
        limited: () => undefined,
      },
    );
    this.bus.start(this.#hub);
  }

  /** A stream comes. */
  open(channels: readonly string[], start: Start, bufferBytes: number): void {
    const cameAt = this.bus.ring.position as Id;
    const served: Served = {
      ...recordedStream(this.#scheduler, channels, bufferBytes),
      start,
      cameAt,
      live: false,
    };
    this.served.push(served);
    void this.#replay.serve(served.stream, start).then(() => {
      served.live = this.#hub.has(served.stream);
    });
  }

  /** Changes the log. */
  change(act: () => void): void {
    act();
    this.starts.push(startOf(this.bus.log.entries));
  }

  /** As the timer of all streams does. */
  beat(): void {
    for (const { stream } of this.served) {
      const position = this.#hub.has(stream) ? this.#hub.flush() : stream.position;
      if (position !== undefined) stream.write(heartbeatBlock(position), performance.now());
    }
  }

  /** A turn of the event loop ends. */
  turn(): Promise<void> {
    return new Promise((resolve) => immediately(resolve));
  }

  /** Everything under way happens; afterwards all streams are live. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 2 || this.#scheduler.count() > 0; turns += 1) {
      expect(turns, 'it comes to rest').toBeLessThan(MOST_TURNS);
      await this.#scheduler.waitIdle();
      await this.turn();
      // What may still wait for the end of the rest after a fan-out.
      this.#hub.flush();
    }
    expect(this.served.map(({ live }) => live)).toEqual(this.served.map(() => true));
  }
}

/** Where a stream of all that is there begins: behind the break that begins the log, or before the oldest. */
function startOf([oldest]: readonly Entry[]): Id {
  if (oldest === undefined) return BEFORE_ALL;
  return oldest.kind === 'break' ? oldest.id : oldest.prev;
}
