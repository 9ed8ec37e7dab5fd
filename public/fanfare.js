// The client module: see fanfare.d.ts.

import { follow, report } from './fanfare-stream.js';

export function connect(given = {}) {
  const options = typeof given === 'string' ? { url: given } : given;
  const { url = '/stream', channels = [], last, lastEventId = '' } = options;
  const address = new URL(url, globalThis.location?.href);
  const query = address.searchParams;
  for (const channel of channels) query.append('channel', channel);
  if (last) query.set('last', last);
  query.set('format', 'json');

  const handlers = { message: new Set(), reset: new Set(), state: new Set() };
  const life = new AbortController();
  const { signal } = life;
  const holds = new Set();
  let stream = { position: lastEventId };
  let state;
  let unread;
  let wake;

  function on(kind, handler) {
    handlers[kind].add(handler);
    return () => handlers[kind].delete(handler);
  }

  function tell(name, detail = {}) {
    state = [name, detail];
    const call = async (handler) => handler(await name, detail);
    for (const handler of handlers.state) call(handler).catch(report);
  }

  function give(kind, value) {
    for (const handler of handlers[kind]) handler(value);
  }

  function take(kind, value) {
    // A loop comes to it behind what waits.
    const late = unread && kind === 'reset';
    if (!late) give(kind, value);
    if (unread?.push([stream.position, value, late]) >= 1_000) pause('full');
    wake?.();
  }

  function join() {
    stream = follow(address, stream.position, options, take, tell);
  }

  function pause(reason) {
    holds.add(reason);
    stream.stop();
    tell('paused', { reason });
  }

  function resume(reason) {
    if (holds.delete(reason) && holds.size === 0) join();
  }

  function close() {
    if (signal.aborted) return;
    life.abort();
    pause('closed');
    tell('closed');
    wake?.();
  }

  async function* messages() {
    if (unread) throw new Error('one loop at a time');
    unread = [];
    try {
      while (!signal.aborted) {
        if (unread.length > 0) {
          const [, value, late] = unread[0];
          if (late) give('reset', value);
          else yield value;
          // Who asks for the next has done with it.
          unread.shift();
        } else {
          resume('full');
          await new Promise((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      close();
    }
  }

  // No page with a connection is kept for Back.
  const acts = { pagehide: pause, freeze: pause, pageshow: resume, resume };
  for (const type in acts) {
    globalThis.addEventListener?.(type, () => acts[type]('away'), { capture: true, signal });
  }
  join();

  return {
    get position() {
      return unread?.[0]?.[0] ?? stream.position;
    },
    on(what, handler) {
      const { channel, event } = typeof what === 'string' ? { channel: what } : what;
      return on('message', (message) => {
        if (channel && !message.channels.includes(channel)) return;
        if (!event || message.event === event) handler(message);
      });
    },
    onReset: (handler) => on('reset', handler),
    onState(handler) {
      handler(...state);
      return on('state', handler);
    },
    close,
    [Symbol.asyncIterator]: messages,
  };
}
