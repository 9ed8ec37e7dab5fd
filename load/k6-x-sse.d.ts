// What scripts see of the extension in load/k6/sse. Times are in milliseconds.

declare module 'k6/x/sse' {
  export interface StreamOptions {
    /** Sent with every request. */
    headers?: Record<string, string>;
    /** Where a stream begins, as a client that comes back. Unset: now. */
    lastEventId?: string;
    /** A stream that hears nothing for two and a half of these is cut and comes back. Default 15000; 0: never. */
    heartbeatMs?: number;
    /** How long to wait before reconnecting, where the server says nothing. Default 3000. */
    retryMs?: number;
    /** How fast a slow reader reads. Default 0: as fast as it can. */
    bytesPerSecond?: number;
    /** Of all its samples, beside those of the virtual user. */
    tags?: Record<string, string>;
  }

  export interface SwarmOptions extends StreamOptions {
    /** What to listen to: stream i opens url i modulo their number. */
    urls: readonly string[];
    /** How many streams. Default 1. */
    streams?: number;
    /** How many of them begin in a second. Default 1000. */
    connectsPerSecond?: number;
  }

  /** What a swarm has counted since it began. */
  export interface Counts {
    /** Open now. */
    readonly streams: number;
    /** Those of them that have had an event over their connection: subscribed, where the server says so with one. */
    readonly ready: number;
    /** Events received, without control events (`fanfare:…`). */
    readonly events: number;
    readonly bytes: number;
    /** Messages that never came although no reset was sent. */
    readonly gaps: number;
    readonly duplicates: number;
    /** Messages that came after one that they stand before; such a one was counted as a gap before. */
    readonly reorderings: number;
    /** Messages that could not be compared, since their stream was too far behind all others. */
    readonly unchecked: number;
    /** `fanfare:reset` events. */
    readonly resets: number;
    /** `fanfare:close` events: ends that the server announced. */
    readonly closes: number;
    /** Streams opened again, at their first event, and those of them that went on where they had been. */
    readonly reconnects: number;
    readonly resumed: number;
    /** Attempts that failed: no connection, no answer in time, or one that ended without an event. */
    readonly failures: number;
    /** Streams that the server refused for good, as it would an EventSource. */
    readonly refused: number;
  }

  /** How long deliveries took, from the stamp in the message to its arrival. */
  export interface Delivery {
    readonly count: number;
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
    readonly max: number;
  }

  /**
   * Many streams of one virtual user. Each behaves like an EventSource. They end with `close`, or with the scenario; what
   * was counted in the last second before that is told to k6 by `close` alone.
   */
  export class Swarm {
    /** Begins to open the streams. @throws where an option is wrong, with what to change */
    constructor(options: SwarmOptions);
    /** Resolves when every stream has been opened once or refused for good, or when the swarm has ended. */
    opened(): Promise<Counts>;
    counts(): Counts;
    /** Of the messages since this was last called. */
    delivery(): Delivery;
    /** Breaks the connections of so many streams; they come back. */
    cut(count: number): void;
    /** Ends all streams. Resolves when k6 has been told everything. */
    close(): Promise<Counts>;
  }

  export interface Event {
    /** The last event ID, which an event inherits from those before it. */
    readonly id: string;
    /** `message` where the stream names none. */
    readonly event: string;
    readonly data: string;
  }

  /**
   * Opens one stream and calls back with each event, control events too. Resolves when the callback has closed the stream;
   * rejects where the server refuses it for good, or the callback throws.
   */
  export function open(
    url: string,
    params: StreamOptions | null,
    callback: (event: Event, stream: { close(): void }) => void,
  ): Promise<Counts>;

  /**
   * A message of at least so many bytes for these channels: with the time, and with a number by which it is missed if nobody
   * is given it. It must be sent, until it is acknowledged, before the next one for the same channels.
   */
  export function stamped(channels: string, bytes: number): string;
}
