// Clients of the client module in this process, with Node's locks and channels and the npm package's EventSource.

import { EventSource } from 'eventsource';
import { type Client, connect, type Message, type Options, type Reset, type State } from 'fanfare/client';
import { expect } from 'vitest';
import type { Bracket } from './bracket.ts';
import { until } from './until.ts';

// What the module takes from a browser and Node does not have.
Object.assign(globalThis, { EventSource });

export interface Follower {
  readonly client: Client;
  /** What a handler of everything has been given. */
  readonly messages: readonly Message[];
  readonly resets: readonly Reset[];
  readonly states: readonly State[];
  readonly ids: readonly string[];
  /** Resolves once it is subscribed. */
  live(): Promise<void>;
  /** Waits for the last of `ids`, then expects them all, in this order, once each, and no reset. */
  expectAll(ids: readonly string[]): Promise<void>;
}

/** Connects, and closes after the test. */
export function follow({ ending }: Bracket, url: string, options: Omit<Options, 'url'> = {}): Follower {
  const client = connect({ url: `${url}/stream`, ...options });
  ending(() => client.close());
  const messages: Message[] = [];
  const ids: string[] = [];
  const resets: Reset[] = [];
  const states: State[] = [];
  client.on({}, (message) => {
    messages.push(message);
    ids.push(message.id);
  });
  client.onReset((reset) => resets.push(reset));
  client.onState((...state) => states.push(state));
  const live = () => until('the client is live', () => states.at(-1)?.[0] === 'live');
  async function expectAll(all: readonly string[]): Promise<void> {
    await until('the client has the last message', () => ids.includes(all.at(-1) as string));
    expect(ids).toEqual(all);
    expect(resets).toEqual([]);
  }
  return { client, messages, ids, resets, states, live, expectAll };
}
