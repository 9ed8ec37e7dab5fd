// Holds what a stream replayed against what the log says was missed. Knows no document.

import { ask } from './ask.js';

const pageSize = 1_000;
// Ten thousand say enough about a replay.
const maxPages = 10;

/**
 * The ids of the messages behind a cursor that the log has now, and whether there are more than those.
 * @throws Refused
 */
export async function missedSince(cursor, channels) {
  const ids = [];
  let after = cursor;
  for (let pages = 0; after !== null && pages < maxPages; pages += 1) {
    const query = new URLSearchParams({ after, limit: String(pageSize) });
    for (const channel of channels) query.append('channel', channel);
    const page = await ask(`/history?${query}`);
    ids.push(...page.messages.map(({ id }) => id));
    after = page.next;
  }
  return { ids, more: after !== null };
}

/** Counts what comes against what is expected. */
export class ReplayCheck {
  #left;
  #seen = new Set();
  /** Ids that were missed and have come, in the order in which they came. */
  replayed = [];
  twice = 0;
  /** The reasons of resets. */
  resets = [];

  constructor(ids) {
    this.#left = new Set(ids);
  }

  message(id) {
    if (this.#seen.has(id)) this.twice += 1;
    this.#seen.add(id);
    if (this.#left.delete(id)) this.replayed.push(id);
  }

  /** How many are still to come. */
  get missing() {
    return this.#left.size;
  }
}
