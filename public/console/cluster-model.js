// What has changed from one look at the cluster to the next: rates, who has come and who has gone. A replica that is gone
// stays in the picture for a while, since that it died is the news. Knows no document.

const mournMs = 15_000;

export class ClusterModel {
  /** By name, in the order of names. */
  #known = new Map();
  #first = true;

  /**
   * Takes an answer of `/cluster`; `now` in milliseconds on any clock that does not jump.
   * Returns `{ replicas, news }`: replicas with `streams`, `rate` (messages a second, undefined at first sight),
   * `draining` and `goneMs` (undefined for those that are there); news as `[kind, name]`.
   */
  update(answer, now) {
    const news = [];
    const present = new Set(answer.map(({ name }) => name));
    for (const replica of answer) this.#see(replica, now, news);
    for (const [name, known] of this.#known) {
      if (present.has(name)) continue;
      if (known.goneAt === undefined) {
        known.goneAt = now;
        news.push(['gone', name]);
      } else if (now - known.goneAt > mournMs) this.#known.delete(name);
    }
    this.#first = false;
    return { replicas: this.#all(now), news };
  }

  #see(replica, now, news) {
    const before = this.#known.get(replica.name);
    const same = before?.replica.started === replica.started;
    const there = before !== undefined && before.goneAt === undefined;
    if (!this.#first && !(same && there)) news.push(['came', replica.name]);
    if (replica.draining && !(same && before.replica.draining)) news.push(['draining', replica.name]);
    this.#known.set(replica.name, {
      replica,
      at: now,
      rate: same ? rateOf(before, replica, now) : undefined,
      goneAt: undefined,
    });
  }

  #all(now) {
    const sorted = [...this.#known.values()].sort((a, b) => (a.replica.name < b.replica.name ? -1 : 1));
    return sorted.map(({ replica, rate, goneAt }) =>
      goneAt === undefined ? { ...replica, rate } : { ...replica, streams: 0, goneMs: now - goneAt },
    );
  }
}

/** Smoothed a little: a replica tells once a second, and looks and tellings do not keep step. */
function rateOf({ replica, at, rate }, { messages }, now) {
  if (now <= at) return rate;
  const latest = ((messages - replica.messages) * 1_000) / (now - at);
  return rate === undefined ? latest : rate * 0.4 + latest * 0.6;
}
