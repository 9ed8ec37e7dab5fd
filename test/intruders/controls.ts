// Those who may: among the attempts to get in, with good tokens, so that a door which is shut for everybody shows.

import { expect } from 'vitest';
import { pick } from '../faults/random.ts';
import type { Lock } from './locks.ts';
import { CHANNELS } from './overreach.ts';
import { bytesOf, kick, listen, post, read, send } from './requests.ts';
import { everything, signed } from './tokens.ts';
import { MEANT } from './ways.ts';
import type { Reply, Wire } from './wire.ts';

export class Controls {
  /** The ids of what they have published. */
  readonly published: string[] = [];
  entered = 0;
  readonly #token: string;

  constructor(lock: Lock) {
    this.#token = signed(lock, everything());
  }

  /** One of all that a token allows, in one of the ways in which it can be shown. */
  async enter(wire: Wire, random: () => number): Promise<void> {
    const channel = [pick(random, CHANNELS)];
    switch (pick(random, ['send', 'stream', 'head', 'read', 'ticket', 'session', 'kick'] as const)) {
      case 'send':
        await this.publish(wire, random);
        break;
      case 'stream':
        this.#expect(200, await this.#ask(wire, random, listen(channel)));
        break;
      case 'head':
        this.#expect(200, await this.#ask(wire, random, listen(channel, 'HEAD')));
        break;
      case 'read':
        this.#expect(200, await this.#ask(wire, random, read('/history', channel)));
        break;
      case 'ticket':
        await this.spend(wire, random);
        break;
      case 'session': {
        const bearer = { ...post('/session'), headers: [`Authorization: Bearer ${this.#token}`] };
        this.#expect(204, await one(wire, bytesOf(bearer)));
        break;
      }
      case 'kick':
        this.#expect(204, await this.#ask(wire, random, kick('nobody')));
        break;
    }
    this.entered += 1;
  }

  async publish(wire: Wire, random: () => number): Promise<void> {
    const reply = await this.#ask(wire, random, send([pick(random, CHANNELS)], 'json'), 'let in');
    this.#expect(201, reply);
    const { id } = JSON.parse(reply.body) as { id: string };
    this.published.push(id);
  }

  /** Gets a ticket and listens with it. */
  async spend(wire: Wire, random: () => number): Promise<string> {
    const reply = await this.#ask(wire, random, post('/ticket'));
    this.#expect(201, reply);
    const { ticket } = JSON.parse(reply.body) as { ticket: string };
    this.#expect(200, await one(wire, bytesOf(listen([pick(random, CHANNELS)], 'GET', `ticket=${ticket}`))));
    return ticket;
  }

  async kick(wire: Wire, subject: string): Promise<void> {
    this.#expect(204, await this.#ask(wire, () => 0, kick(subject)));
  }

  #ask(wire: Wire, random: () => number, asked: Parameters<typeof bytesOf>[0], text?: string): Promise<Reply> {
    const [, show] = pick(random, MEANT);
    const bytes = bytesOf(show(asked, this.#token, random));
    return one(wire, text === undefined ? bytes : bytes.replace('break in', text.padEnd('break in'.length)));
  }

  #expect(status: number, reply: Reply): void {
    expect(reply).toMatchObject({ status });
  }
}

export async function one(wire: Wire, bytes: string): Promise<Reply> {
  const [reply] = await wire.ask([bytes]);
  return reply as Reply;
}
