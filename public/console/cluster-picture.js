// The cluster as a picture: a staff for each replica, as in a score, and on it a note for each of its streams. A replica that
// is gone is crossed out, and its notes go to where its streams come back.

import { shape, write } from '../dom.js';
import { t } from '../i18n.js';
import { Dots } from './dots.js';
import { ago, count, rate } from './times.js';

const width = 320;
const laneHeight = 58;
const edge = 4;
const staffLines = [26, 31, 36, 41, 46];
const noteStep = 14;
const perVoice = 22;
/** The call of a fanfare, rising; and how far below it the second voice is, once the first has come to its end. */
const tune = [36, 36, 36, 31, 28.5, 26];
const secondVoice = 10;

/** Where a replica's nth note stands. */
function placeOf(lane, index) {
  const column = index % perVoice;
  const y = tune[column % tune.length] + Math.floor(index / perVoice) * secondVoice;
  return [edge + 9 + column * noteStep, lane * laneHeight + y];
}

function factsOf({ streams, rate: perSecond, draining, goneMs }) {
  if (goneMs !== undefined) return t('replicaGone', { ago: ago(goneMs) });
  const facts = [t('streams', { n: count(streams) })];
  if (perSecond !== undefined) facts.push(t('perSecond', { n: rate(perSecond) }));
  if (draining) facts.push(t('replicaDraining'));
  return facts.join(' · ');
}

/** The replica that serves this page; undefined where its name does not tell which one that is. */
function ownKey(replicas, name) {
  const named = replicas.filter((replica) => replica.name === name && replica.goneMs === undefined);
  return named.length === 1 ? named[0].key : undefined;
}

export class ClusterPicture {
  #svg;
  #lanes = shape('g', {});
  #notes = shape('g', {});
  #dots = new Dots();
  /** By the replica's key; and notes by their stream's. */
  #lanesByKey = new Map();
  #notesByKey = new Map();

  constructor(svg) {
    this.#svg = svg;
    svg.append(this.#lanes, this.#notes);
  }

  /** How many streams a note stands for. */
  get scale() {
    return this.#dots.scale;
  }

  /** @param mine the name of the replica that serves this page */
  draw(replicas, mine, now) {
    this.#dots.update(replicas, now);
    const adrift = this.#dots.all.some(({ home }) => home === undefined);
    const height = Math.max(1, replicas.length) * laneHeight + (adrift ? 16 : 0);
    this.#svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    // For who cannot see it; the picture's own text is then not read piece by piece.
    const words = replicas.map((replica) => `${replica.name}: ${factsOf(replica)}`).join('; ');
    if (this.#svg.ariaLabel !== words) this.#svg.ariaLabel = words;
    const lanes = new Map(replicas.map(({ key }, lane) => [key, lane]));
    const own = ownKey(replicas, mine);
    for (const replica of replicas) this.#drawLane(replica, lanes.get(replica.key), replica.key === own);
    for (const [key, { group }] of this.#lanesByKey) {
      if (lanes.has(key)) continue;
      group.remove();
      this.#lanesByKey.delete(key);
    }
    this.#drawNotes(lanes, own, replicas.length);
  }

  #drawLane(replica, lane, mine) {
    const parts = this.#lanesByKey.get(replica.key) ?? this.#addLane(replica);
    const state = replica.goneMs !== undefined ? 'gone' : replica.draining ? 'draining' : 'there';
    parts.group.dataset.state = state;
    parts.group.dataset.streams = replica.streams;
    parts.group.style.transform = `translateY(${lane * laneHeight}px)`;
    write(parts.facts, factsOf(replica));
    write(parts.mine, mine ? t('thisPage') : '');
  }

  #addLane({ key, name }) {
    const facts = shape('text', { class: 'facts-line', x: width - edge, y: 15, 'text-anchor': 'end' });
    const mine = shape('tspan', { class: 'mine', dx: 6 });
    // A container's name can be as long as the line; its beginning tells it apart.
    const short = name.length > 14 ? `${name.slice(0, 13)}…` : name;
    const label = shape('text', { class: 'replica-name', x: edge, y: 15 }, short, mine);
    const d = staffLines.map((y) => `M${edge} ${y}H${width - edge}`).join('');
    const group = shape('g', { class: 'lane' }, shape('path', { class: 'staff-lines', d }), label, facts);
    group.dataset.replica = name;
    this.#lanes.append(group);
    const parts = { group, facts, mine };
    this.#lanesByKey.set(key, parts);
    return parts;
  }

  #drawNotes(lanes, own, adriftLane) {
    const taken = new Map();
    const drawn = new Set();
    for (const { key, home } of this.#dots.all) {
      const index = taken.get(home) ?? 0;
      taken.set(home, index + 1);
      const [x, y] =
        home === undefined
          ? [edge + 9 + (index % perVoice) * noteStep, adriftLane * laneHeight + 8]
          : placeOf(lanes.get(home), index);
      const note = this.#notesByKey.get(key) ?? this.#addNote(key);
      // The first of the replica that serves this page is its own.
      const kind = home === undefined ? 'adrift' : home === own && index === 0 ? 'own' : 'other';
      note.dataset.kind = kind;
      note.style.transform = `translate(${x}px, ${y}px)`;
      drawn.add(key);
    }
    for (const [key, note] of this.#notesByKey) {
      if (drawn.has(key)) continue;
      note.remove();
      this.#notesByKey.delete(key);
    }
  }

  #addNote(key) {
    const note = shape('ellipse', { class: 'note', rx: 4.4, ry: 3.2 });
    this.#notesByKey.set(key, note);
    this.#notes.append(note);
    return note;
  }
}
