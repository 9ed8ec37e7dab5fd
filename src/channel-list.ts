// How many streams listen to each channel, in the order of their names: put in order once, and read in pages by many.

import { countBefore, countUpTo, inOrder } from './sorted-names.ts';

/** Which channels somebody may know of. */
export interface Hearing {
  may(channel: string): boolean;
  /** A name behind this one before which there is none that he may know of; undefined where none follows. */
  next(channel: string): string | undefined;
}

export interface ChannelPage {
  readonly channels: readonly { readonly name: string; readonly subscribers: number }[];
  /** The name behind which the next page begins; null where there is none. */
  readonly next: string | null;
}

export class ChannelList {
  readonly #counts: ReadonlyMap<string, number>;
  readonly #names: readonly string[];

  /** @param counts that change no more */
  static async of(counts: ReadonlyMap<string, number>): Promise<ChannelList> {
    return new ChannelList(counts, await inOrder([...counts.keys()]));
  }

  private constructor(counts: ReadonlyMap<string, number>, names: readonly string[]) {
    this.#counts = counts;
    this.#names = names;
  }

  /** Those behind `after`. It costs what the page has, however many there are that are not for who asks. */
  page(after: string, limit: number, hearing: Hearing): ChannelPage {
    const found: string[] = [];
    // One more, to know whether there is a next page.
    for (let at = countUpTo(this.#names, after); found.length <= limit; ) {
      const name = this.#names[at];
      if (name === undefined) break;
      if (hearing.may(name)) {
        found.push(name);
        at += 1;
      } else {
        const next = hearing.next(name);
        if (next === undefined) break;
        at = countBefore(this.#names, next);
      }
    }
    const shown = found.slice(0, limit);
    return {
      channels: shown.map((name) => ({ name, subscribers: this.#counts.get(name) as number })),
      next: found.length > limit ? (shown.at(-1) as string) : null,
    };
  }
}
