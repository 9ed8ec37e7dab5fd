// What has changed from one look at the cluster to the next: rates, who has come and who has gone. A replica that is gone
// stays in the picture for a while, since that it died is the news. A name is no identity: one that has begun anew is
// another replica, and two may have been given the same. Knows no document.

const mournMs = 15_000;

export class ClusterModel {
  /** By key: the name, and when it began. */
  #known = new Map();
  #first = true;

  /**
   * Takes an answer of `/cluster`; `now` in milliseconds on any clock that does not jump.
   * Returns `{ replicas, news }`: replicas in the order of their names, with `key`, `streams`, `rate` (messages a second,
   * undefined at first sight), `draining` and `goneMs` (undefined for those that are there); news as `[kind, name]`.
   */
  update(answer, now) {
    const news = [];
    const present = new Map(answer.map((replica) => [keyOf(replica), replica]));
    for (const [key, known] of this.#known) {
      if (present.has(key)) continue;
      if (known.goneAt === undefined) {
        known.goneAt = now;
        news.push(['gone', known.replica.name]);
      } else if (now - known.goneAt > mournMs) this.#known.delete(key);
    }
    for (const [key, replica] of present) this.#see({ key, ...replica }, now, news);
    this.#first = false;
    return { replicas: this.#all(now), news };
  }

  #see(replica, now, news) {
    const before = this.#known.get(replica.key);
    const there = before !== undefined && before.goneAt === undefined;
    if (!this.#first && !there) news.push(['came', replica.name]);
    if (replica.draining && !before?.replica.draining) news.push(['draining', replica.name]);
    const rate = before && rateOf(before, replica, now);
    this.#known.set(replica.key, { replica, at: now, rate, goneAt: undefined });
  }

  #all(now) {
    const sorted = [...this.#known.values()].sort((a, b) => (a.replica.key < b.replica.key ? -1 : 1));
    return sorted.map(({ replica, rate, goneAt }) =>
      goneAt === undefined ? { ...replica, rate } : { ...replica, streams: 0, goneMs: now - goneAt },
    );
  }
}

/** No name has a line end in it. */
function keyOf({ name, started }) {
  return `${name}\n${started}`;
}

/** Smoothed a little: a replica tells once a second, and looks and tellings do not keep step. */
function rateOf({ replica, at, rate }, { messages }, now) {
  if (now <= at) return rate;
  const latest = ((messages - replica.messages) * 1_000) / (now - at);
  return rate === undefined ? latest : rate * 0.4 + latest * 0.6;
}
