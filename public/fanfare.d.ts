// The client module's interface, for pages, workers and Node.

export interface Message {
  /** Its place in the log: `connect({ lastEventId: id })` goes on after it. */
  readonly id: string;
  /** Those of its channels that this client listens to. */
  readonly channels: readonly string[];
  /** Its event name; `message` where it has none. */
  readonly event: string;
  readonly data: string;
  /** When the server's log took it, as `Date` writes it: `2026-11-25T10:00:00.000Z`. */
  readonly time: string;
}

/** Messages may be missing: between the last one that was given, or that a loop has taken, and what comes next. */
export interface Reset {
  /** From where it goes on. */
  readonly id: string;
  readonly reason: 'trimmed' | 'lost' | 'unknown';
  /** The position that could not be gone on from; null where the stream was live. */
  readonly requested: string | null;
}

export interface Options {
  /** Where the stream is; another origin's, too. Default: `/stream`. What stands in its query is asked for as it is. */
  readonly url?: string | URL;
  /** Default: those in the URL, or else `messages`. */
  readonly channels?: readonly string[];
  /** Goes on after this id. */
  readonly lastEventId?: string;
  /** Begins with the last so many messages, at most 1000, where there is no `lastEventId`. */
  readonly last?: number;
  /** Sends cookies to another origin. */
  readonly withCredentials?: boolean;
  /** Fetches a ticket (`POST /ticket`); asked before each connection, since a ticket is good for one. */
  readonly ticket?: () => Promise<string>;
  /**
   * Whether tabs of this origin share one connection, where they ask for the same: URL, channels, `last` and
   * `withCredentials`. A text sets those apart that are to share from others: the user's name, where a tab can be somebody
   * else's. Default: true. It takes Web Locks; where there are none, as without TLS, each tab has its own connection.
   */
  readonly shared?: boolean | string;
  /** The server's `HEARTBEAT_MS`: after 2.5 times as long without a word it connects again. Default: 15000. */
  readonly heartbeatMs?: number;
}

/**
 * - `connecting`: not subscribed; `reason` where the server has said why it ended the last connection
 * - `live`: subscribed; what is acknowledged from now on arrives
 * - `waiting`: refused, or a handler or `ticket` has failed; it connects again after `delayMs`
 * - `paused`: the page is hidden away or frozen (`away`), or a loop is behind by 1000 messages (`full`)
 * - `closed`: by `close()`
 *
 * A tab that shares another one's connection has that one's state.
 */
export type State =
  | ['connecting', Detail<{ readonly reason?: 'drain' | 'age' | 'expired' | 'kicked' | 'replay' }>]
  | ['live', Detail<{ readonly replica: string; readonly channels: readonly string[]; readonly resumed: boolean }>]
  | ['waiting', Detail<{ readonly delayMs: number }>]
  | ['paused', Detail<{ readonly reason: 'away' | 'full' | 'closed' }>]
  | ['closed', Detail<object>];

/** What a state has to say, and nothing else: so a handler may ask for any of it. */
type Detail<D> = D & { readonly [K in Exclude<Details, keyof D>]?: undefined };
type Details = 'reason' | 'replica' | 'channels' | 'resumed' | 'delayMs';

/** Ends what it is returned by. */
export type Off = () => void;

export interface Client {
  /**
   * Where to go on after all that has been taken: all handlers have returned from it, and a loop has asked for what comes
   * next. Empty before the first connection.
   */
  readonly position: string;
  /**
   * Calls `handler` with each message of a channel, or with a name, or both. Of one that throws, the error is reported, and
   * the same message comes again to all handlers, after a wait that grows: none is skipped. A promise is not waited for.
   */
  on(what: string | { readonly channel?: string; readonly event?: string }, handler: (message: Message) => void): Off;
  /**
   * Calls `handler` where messages may be missing, so that what was made of them can be loaded anew; with a loop, when that has
   * come there. As `on` where it throws, but that it ends a loop.
   */
  onReset(handler: (reset: Reset) => void): Off;
  /** Calls `handler` with the state, at once and whenever it changes. Of one that throws then, the error is reported. */
  onState(handler: (...state: State) => void): Off;
  onState(handler: (state: State[0]) => void): Off;
  /** Ends it, and its loop. */
  close(): void;
  /**
   * All messages, in order, from when the loop begins; one loop at a time. A loop that is left closes the client, and
   * `close()` ends one that waits. What it was left at counts as not taken, and `position` is before it.
   */
  [Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined>;
}

/** Subscribes. A text is `{ url }`. */
export function connect(given?: string | Options): Client;
