// Which streams are live, and what they listen to. Streams with the same channels and the same format form a group, which is
// written to as one.

import type { Listener } from './format.ts';
import type { Stream } from './stream.ts';

export interface Group extends Listener {
  readonly streams: Set<Stream>;
  /** Blocks that are still to be written to all of them. */
  pending: Buffer[];
}

export class Groups {
  readonly #groups = new Map<string, Group>();
  readonly #byChannel = new Map<string, Set<Group>>();
  #subscriptions = 0;

  /** How many channels somebody listens to. */
  get channels(): number {
    return this.#byChannel.size;
  }

  /** Pairs of a stream and one of its channels. */
  get subscriptions(): number {
    return this.#subscriptions;
  }

  all(): Iterable<Group> {
    return this.#groups.values();
  }

  /** Those that listen to `channel`. */
  of(channel: string): Iterable<Group> {
    return this.#byChannel.get(channel) ?? [];
  }

  has(stream: Stream): boolean {
    return this.#groups.get(keyOf(stream))?.streams.has(stream) ?? false;
  }

  add(stream: Stream): void {
    const key = keyOf(stream);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { channels: stream.channels, format: stream.format, streams: new Set(), pending: [] };
      this.#groups.set(key, group);
      for (const channel of group.channels) this.#listen(channel, group);
    }
    group.streams.add(stream);
    this.#subscriptions += group.channels.length;
  }

  delete(stream: Stream): void {
    const key = keyOf(stream);
    const group = this.#groups.get(key);
    if (!group?.streams.delete(stream)) return;
    this.#subscriptions -= group.channels.length;
    if (group.streams.size > 0) return;
    this.#groups.delete(key);
    for (const channel of group.channels) {
      const groups = this.#byChannel.get(channel);
      groups?.delete(group);
      if (groups?.size === 0) this.#byChannel.delete(channel);
    }
  }

  #listen(channel: string, group: Group): void {
    const groups = this.#byChannel.get(channel);
    if (groups === undefined) this.#byChannel.set(channel, new Set([group]));
    else groups.add(group);
  }
}

/** The same for streams that get the same blocks: a tab stands in no name. */
export function keyOf({ channels, format }: Listener): string {
  return `${format === 'json' ? '\t' : ''}${channels.join('\t')}`;
}
