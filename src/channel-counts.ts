// How many streams listen to each channel here, and which of these numbers have changed since somebody asked.

export class ChannelCounts {
  readonly #counts = new Map<string, number>();
  #changed = new Set<string>();

  /** A stream begins to listen. */
  add(channels: readonly string[]): void {
    for (const channel of channels) this.#set(channel, (this.#counts.get(channel) ?? 0) + 1);
  }

  /** A stream has ended. */
  remove(channels: readonly string[]): void {
    for (const channel of channels) this.#set(channel, (this.#counts.get(channel) ?? 0) - 1);
  }

  all(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** What has changed since the last time, with the numbers of now. */
  takeChanges(): ReadonlyMap<string, number> {
    const changes = new Map([...this.#changed].map((channel) => [channel, this.#counts.get(channel) ?? 0]));
    this.#changed = new Set();
    return changes;
  }

  #set(channel: string, count: number): void {
    if (count > 0) this.#counts.set(channel, count);
    else this.#counts.delete(channel);
    this.#changed.add(channel);
  }
}
