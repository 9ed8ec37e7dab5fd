// How long messages take to this page, as far as a page can know. An id begins with the log's clock, a message arrives by
// the page's, and nobody knows by how much the two differ: so a delay is told relative to the quickest message of the last
// minutes. Messages that this page sends itself bound what is unknown: the log took such a message after it was sent, so
// even the quickest cannot have taken longer than that leaves room for. Knows no document; all times are milliseconds.

const shownSeconds = 60;
// The clocks drift apart, so the quickest is forgotten after ten minutes.
const quickestBuckets = 10;
const bucketMs = 60_000;
// What comes so soon after the stream began may be a replay, if there is nothing to compare it with.
const replayMs = 2_000;
const slackMs = 1_000;

export class Latency {
  /** The smallest difference of the clocks in each of the last minutes: `[minute, arrived - logged]`. */
  #quickest = [];
  /** The slowest message of each second: `[second, arrived - logged]`. */
  #slowest = [];
  #openedAt = 0;
  #replays = false;
  /** The least time from sending here to the log, on the two clocks, and when that was. */
  #ceiling = { at: Number.NEGATIVE_INFINITY, difference: Number.POSITIVE_INFINITY };

  /** A stream has begun; `replays`: it may begin with old messages. */
  opened(now, replays) {
    this.#openedAt = now;
    this.#replays = replays;
  }

  /** A message arrived that the log took at `logged`. What was replayed tells nothing. */
  arrived(logged, now) {
    const difference = now - logged;
    if (this.#replays && this.#isReplay(difference, now)) return;
    const minute = Math.floor(now / bucketMs);
    const bucket = this.#quickest.at(-1);
    if (bucket?.[0] === minute) bucket[1] = Math.min(bucket[1], difference);
    else this.#quickest.push([minute, difference]);
    if (this.#quickest.length > quickestBuckets) this.#quickest.shift();
    const second = Math.floor(now / 1_000);
    const slot = this.#slowest.at(-1);
    if (slot?.[0] === second) slot[1] = Math.max(slot[1], difference);
    else this.#slowest.push([second, difference]);
    while (this.#slowest[0][0] <= second - shownSeconds) this.#slowest.shift();
  }

  /** This page sent a message at `sentAt`, and the log took it at `logged`. */
  sent(sentAt, logged) {
    const difference = logged - sentAt;
    const old = sentAt - this.#ceiling.at > quickestBuckets * bucketMs;
    if (old || difference <= this.#ceiling.difference) this.#ceiling = { at: sentAt, difference };
  }

  /**
   * For each of the last 60 seconds the slowest message, above the quickest of the last minutes; undefined where none
   * came. `atMost`: what the quickest took at most, where this page has sent something.
   */
  read(now) {
    const quickest = this.#floor();
    const second = Math.floor(now / 1_000);
    const values = Array.from({ length: shownSeconds });
    for (const [at, difference] of this.#slowest) {
      const index = shownSeconds - 1 - (second - at);
      if (index >= 0) values[index] = difference - quickest;
    }
    const atMost = quickest + this.#ceiling.difference;
    return { values, atMost: Number.isFinite(atMost) ? Math.max(0, atMost) : undefined };
  }

  #floor() {
    return Math.min(...this.#quickest.map(([, difference]) => difference));
  }

  /** Whether the log took it before this stream began. */
  #isReplay(difference, now) {
    const sinceOpen = now - this.#openedAt;
    if (this.#quickest.length === 0) return sinceOpen < replayMs;
    return difference - this.#floor() > sinceOpen + slackMs;
  }
}
