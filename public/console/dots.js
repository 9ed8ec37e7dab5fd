// Which stream stands where in the picture of the cluster. A stream has no name, but when one replica loses some and
// another gains some, those that were lost are the ones that came: so they are seen to move. Mostly they are back before
// anybody can tell that their replica is dead, and then they take the places of those that came shortly before.
// Knows no document.

const maxDotsPerReplica = 44;
const steps = [1, 2, 5];
// A stream comes back within seconds; one that has not by then was closed.
const adriftMs = 12_000;
// A replica that died is missed after so long at most.
const noticeMs = 8_000;

/** How many streams a dot stands for: 1, 2, 5, 10, 20, … */
function scaleFor(most) {
  for (let power = 1; ; power *= 10) {
    for (const step of steps) if (most <= step * power * maxDotsPerReplica) return step * power;
  }
}

export class Dots {
  #next = 0;
  scale = 1;
  /**
   * `{ key, home, since, from }`: `home` is a replica's key, or undefined while a stream is adrift; since when it is so, and
   * where it was before.
   */
  all = [];

  update(replicas, now) {
    const fresh = this.#rescale(Math.max(0, ...replicas.map(({ streams }) => streams)));
    const missing = new Map(replicas.map(({ key, streams }) => [key, Math.ceil(streams / this.scale)]));
    for (const dot of this.all) {
      const left = missing.get(dot.home) ?? 0;
      if (left > 0) missing.set(dot.home, left - 1);
      else if (dot.home !== undefined) Object.assign(dot, { from: dot.home, home: undefined, since: now });
    }
    const adrift = this.all.filter(({ home }) => home === undefined);
    // Who was there when the picture was begun has not come from anywhere.
    const since = fresh ? Number.NEGATIVE_INFINITY : now;
    for (const [home, count] of missing) {
      for (let left = count; left > 0; left -= 1) Object.assign(adrift.shift() ?? this.#add(), { home, since });
    }
    for (const dot of adrift) this.#follow(dot, now);
    this.all = this.all.filter((dot) => dot.home !== undefined || now - dot.since < adriftMs);
  }

  /** Whether the picture is begun anew. */
  #rescale(most) {
    const scale = scaleFor(most);
    if (scale !== this.scale) this.all = [];
    this.scale = scale;
    return this.all.length === 0;
  }

  /** Puts a lost stream in the place of one that came to another replica shortly before, if any did. */
  #follow(dot, now) {
    const isNew = ({ home, since }) => home !== undefined && home !== dot.from && since < now && now - since < noticeMs;
    const newcomer = this.all.find(isNew);
    if (newcomer === undefined) return;
    Object.assign(dot, { home: newcomer.home, since: Number.NEGATIVE_INFINITY });
    this.all = this.all.filter((each) => each !== dot).map((each) => (each === newcomer ? dot : each));
  }

  #add() {
    const dot = { key: this.#next, home: undefined, since: 0 };
    this.#next += 1;
    this.all.push(dot);
    return dot;
  }
}
