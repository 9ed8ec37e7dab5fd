// Which stream stands where in the picture of the cluster. A stream has no name, but when one replica loses some and
// another gains some, those that were lost are the ones that came: so they are seen to move. Knows no document.

const maxDotsPerReplica = 44;
const steps = [1, 2, 5];
// A stream comes back within seconds; one that has not by then was closed.
const adriftMs = 12_000;

/** How many streams a dot stands for: 1, 2, 5, 10, 20, … */
function scaleFor(most) {
  for (let power = 1; ; power *= 10) {
    for (const step of steps) if (most <= step * power * maxDotsPerReplica) return step * power;
  }
}

export class Dots {
  #next = 0;
  scale = 1;
  /** `{ key, home, since }`: `home` is a replica's name, or undefined while a stream is adrift. */
  all = [];

  update(replicas, now) {
    this.#rescale(Math.max(0, ...replicas.map(({ streams }) => streams)));
    const wanted = new Map(replicas.map(({ name, streams }) => [name, Math.ceil(streams / this.scale)]));
    for (const dot of this.all) {
      if (dot.home === undefined) continue;
      const left = wanted.get(dot.home) ?? 0;
      if (left > 0) wanted.set(dot.home, left - 1);
      else Object.assign(dot, { home: undefined, since: now });
    }
    const adrift = this.all.filter(({ home }) => home === undefined);
    for (const [name, missing] of wanted) {
      for (let left = missing; left > 0; left -= 1) {
        const dot = adrift.shift() ?? this.#add();
        dot.home = name;
      }
    }
    this.all = this.all.filter(({ home, since }) => home !== undefined || now - since < adriftMs);
  }

  #rescale(most) {
    const scale = scaleFor(most);
    if (scale === this.scale) return;
    this.scale = scale;
    this.all = [];
  }

  #add() {
    const dot = { key: this.#next, home: undefined, since: 0 };
    this.#next += 1;
    this.all.push(dot);
    return dot;
  }
}
