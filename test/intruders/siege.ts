// A siege of replicas that ask for tokens: attempts to get in over many connections at once, and in between people who may.

import { expect } from 'vitest';
import type { Random } from '../faults/random.ts';
import { until } from '../support/until.ts';
import { type Attempt, attempts } from './attempts.ts';
import { Controls, one } from './controls.ts';
import type { Lock } from './locks.ts';
import { bytesOf, listen, post, withHeaders } from './requests.ts';
import { everything, seconds, signed } from './tokens.ts';
import { Wire } from './wire.ts';
import { type Place, Witnesses } from './witnesses.ts';

export interface Besieged {
  readonly lock: Lock;
  /** Where each replica is, and a proxy perhaps. */
  readonly doors: readonly string[];
  readonly replicas: readonly Place[];
  /** A URL that nobody may ever ask. */
  readonly trap: string;
}

const WIRES_A_DOOR = 6;
// So many requests in a row, as some of them leave in one piece, have one from somebody who may.
const ROW = 200;
const MOST_AT_ONCE = 4;
// Of a request that is read.
const LONGEST = 16_384;
const KICKED = 'mallory';

export class Siege {
  readonly #besieged: Besieged;
  readonly #random: Random;
  readonly #wires: readonly Wire[];
  readonly #controls: Controls;
  #witnesses: Witnesses | undefined;
  /** How often each answer came. */
  readonly #answers = new Map<number, number>();

  constructor(besieged: Besieged, random: Random) {
    this.#besieged = besieged;
    this.#random = random;
    this.#wires = besieged.doors.flatMap((door) => Array.from({ length: WIRES_A_DOOR }, () => new Wire(door)));
    this.#controls = new Controls(besieged.lock);
  }

  /** Sends so many attempts, and expects that none gets in, and everybody who may. */
  async run(count: number): Promise<void> {
    const { lock, replicas, trap } = this.#besieged;
    const [wire] = this.#wires as [Wire];
    this.#witnesses = await Witnesses.on(replicas, signed(lock, { ...everything(), sub: 'witness' }));
    const spentTickets: string[] = [];
    while (spentTickets.length < 10) spentTickets.push(await this.#controls.spend(wire, this.#random));
    await this.#kick(wire);
    await this.#send(count, attempts(lock, { kicked: KICKED, spentTickets }, trap));
    await this.#controls.publish(wire, this.#random);
    await this.#witnesses.expectOnly(this.#controls.published);
    await this.#witnesses.expectAlone();
  }

  close(): void {
    this.#witnesses?.close();
    for (const wire of this.#wires) wire.close();
  }

  async #send(count: number, draw: (random: () => number) => Attempt): Promise<void> {
    let left = count;
    const rows = async (wire: Wire) => {
      while (left > 0) {
        const length = Math.min(ROW, left);
        left -= length;
        await this.#row(wire, length, draw);
        await this.#controls.enter(wire, this.#random);
      }
    };
    await Promise.all(this.#wires.map(rows));
    expect(this.#controls.entered).toBeGreaterThanOrEqual(count / ROW);
    // Most were looked at, and not refused for a reason that has nothing to do with who asks.
    expect(this.#answers.get(401)).toBeGreaterThan(count / 3);
    expect(this.#answers.get(403)).toBeGreaterThan(count / 6);
  }

  async #row(wire: Wire, count: number, draw: (random: () => number) => Attempt): Promise<void> {
    for (let sent = 0; sent < count; ) {
      const atOnce = Math.min(count - sent, 1 + Math.floor(this.#random() * MOST_AT_ONCE));
      const some = Array.from({ length: atOnce }, () => draw(this.#random));
      // A request that is not even read is refused before those that came with it have their answers.
      const alone = some.some(({ bytes }) => bytes.length > LONGEST);
      for (const each of alone ? some.map((attempt) => [attempt]) : [some]) await this.#attempt(wire, each);
      sent += atOnce;
    }
  }

  async #attempt(wire: Wire, some: readonly Attempt[]): Promise<void> {
    const replies = await wire.ask(some.map(({ bytes }) => bytes));
    for (const [index, { status, body }] of replies.entries()) {
      const { what, bytes, refused } = some[index] as Attempt;
      this.#answers.set(status, (this.#answers.get(status) ?? 0) + 1);
      if (refused.includes(status)) continue;
      throw new Error(
        `SEED=${this.#random.seed}: ${status} for ${what}\n${bytes.slice(0, 3_000)}\n${body.slice(0, 500)}`,
      );
    }
  }

  /** Somebody is kicked, and all replicas know of it. */
  async #kick(wire: Wire): Promise<void> {
    await this.#controls.kick(wire, KICKED);
    const token = signed(this.#besieged.lock, { ...everything(), sub: KICKED, iat: seconds() - 2 });
    const shown = bytesOf(withHeaders(listen(['news'], 'HEAD'), `Authorization: Bearer ${token}`));
    for (const each of this.#wires) {
      await until('the kick is known', async () => (await one(each, shown)).status === 401);
    }
    // What was issued before is as good as nothing to everybody else.
    const other = signed(this.#besieged.lock, { ...everything(), sub: `${KICKED}2`, iat: seconds() - 2 });
    expect(await one(wire, bytesOf(withHeaders(post('/session'), `Authorization: Bearer ${other}`)))).toMatchObject({
      status: 204,
    });
  }
}
