// The page's stream, over the client module: the only file here that knows it. Beside what the client does, it finds out
// why the server does not let the page in, can be dropped and picked up again, and changes channels without missing what
// comes meanwhile.

import { connect } from '../fanfare.js';
import { whyRefused } from './ask.js';

const positionLookMs = 1_000;

export class Connection {
  #on;
  #last;
  #client;
  #position;
  #heardAt = Date.now();
  #everLive = false;
  channels;

  /**
   * @param start `channels`, and `last` or `lastEventId` from the page's address
   * @param on `state(name, detail)`: connecting, live, reconnecting, closed (and trying again), forbidden or refused (with
   *   why, in words), or dropped; `subscribed({ replica, channels, resumed })`; `message(message)`, with its time in
   *   milliseconds; `reset({ reason })`; `position(id)`
   */
  constructor({ channels, last, lastEventId = '' }, on) {
    this.#on = on;
    this.#last = last;
    this.#position = lastEventId;
    this.channels = channels;
    setInterval(() => this.#look(), positionLookMs);
  }

  get position() {
    this.#look();
    return this.#position;
  }

  /** When the stream was last heard. */
  get heardAt() {
    return this.#heardAt;
  }

  /** Goes on from where it is; what was open is closed. */
  open() {
    this.#close();
    const client = connect({ channels: this.channels, ...this.#beginning() });
    this.#client = client;
    // A client that was closed has nothing more to say here, also where it is just saying it.
    const whileOpen = (act) => (value) => {
      if (this.#client !== client) return;
      this.#heardAt = Date.now();
      act(value);
    };
    client.on(
      {},
      whileOpen((message) => this.#took(message)),
    );
    client.onReset(whileOpen(this.#on.reset));
    client.onState((name, detail) => this.#client === client && this.#told(name, detail));
  }

  /** Ends the connection until `open` is called. */
  drop() {
    this.#close();
    this.#on.state('dropped');
  }

  /** Goes on from where it is, with these channels. */
  listenTo(channels) {
    this.channels = channels;
    this.again();
  }

  /** Tries at once what would be tried later; what was dropped stays so. */
  again() {
    if (this.#client) this.open();
  }

  #beginning() {
    return this.#position ? { lastEventId: this.#position } : { last: this.#last };
  }

  #close() {
    this.#look();
    const client = this.#client;
    this.#client = undefined;
    client?.close();
  }

  #took(message) {
    this.#on.message({ ...message, time: Date.parse(message.time) });
    this.#moved(message.id);
  }

  /** The client does not tell of heartbeats, but its position moves with them. */
  #look() {
    const position = this.#client?.position;
    if (!position || position === this.#position) return;
    this.#heardAt = Date.now();
    this.#moved(position);
  }

  #moved(position) {
    this.#position = position;
    this.#on.position(position);
  }

  #told(name, detail) {
    if (name === 'live') {
      this.#everLive = true;
      this.#heardAt = Date.now();
      this.#on.subscribed(detail);
      this.#on.state('live');
      this.#look();
    } else if (name === 'waiting') {
      this.#on.state('closed');
      void this.#tellWhy(this.#client);
    } else this.#on.state(this.#everLive ? 'reconnecting' : 'connecting', detail.reason);
  }

  /** An EventSource does not say what was answered: the same is asked for once more, and not kept open. */
  async #tellWhy(client) {
    const query = new URLSearchParams(this.channels.map((channel) => ['channel', channel]));
    for (const [name, value] of Object.entries(this.#beginning())) if (value) query.set(name, value);
    const { status, message } = (await whyRefused(`/stream?${query}`)) ?? {};
    if (this.#client !== client || !(status >= 400 && status < 500)) return;
    this.#on.state(status === 401 || status === 403 ? 'forbidden' : 'refused', message);
  }
}
