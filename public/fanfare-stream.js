// A tab's way through a stream: its own connection, until the leading tab's posts go on from here or before.

export const report = (error) => (globalThis.reportError ?? console.error)(error);
const { compare } = new Intl.Collator('en', { numeric: true });

export function follow(address, position, options, take, show) {
  const { ticket, withCredentials = false, shared = true, heartbeatMs = 15_000 } = options;
  const name = `fanfare 1 ${[shared, withCredentials, address]}`;
  const tabs = shared && globalThis.navigator?.locks ? new BroadcastChannel(name) : undefined;
  let leads = !tabs;
  let place;
  let latest;
  // The server says: none is missing.
  let sure;
  let source;
  let failures = 0;
  let silentFrom;
  let state;

  function post(piece) {
    if (leads) tabs?.postMessage({ from: sure && latest, id: position, ...piece });
  }

  function tell(...now) {
    state = now;
    show(...now);
    post({ state });
  }

  function drop() {
    source?.close();
    source = undefined;
    sure = undefined;
  }

  async function open() {
    drop();
    silentFrom = Date.now();
    tell('connecting');
    const coming = { close() {} };
    source = coming;
    const url = new URL(address);
    if (position) url.searchParams.set('lastEventId', position);
    try {
      if (ticket) url.searchParams.set('ticket', await ticket());
      if (source === coming) listen(new EventSource(url, { withCredentials }));
    } catch (error) {
      if (source === coming) fail(error);
    }
  }

  function listen(mine) {
    source = mine;
    for (const type in acts) {
      mine.addEventListener(type, ({ data, lastEventId }) => {
        if (source !== mine) return;
        silentFrom = Date.now();
        acts[type](data && JSON.parse(data), lastEventId);
      });
    }
  }

  const acts = {
    error() {
      // A ticket is good once.
      if (source.readyState === 2 || ticket) retry();
      else if (state[0] === 'live') tell('connecting');
    },
    'fanfare:open'(info, id) {
      // Else a reset follows.
      sure = info.resumed || !position;
      latest ??= id;
      position = id;
      tell('live', info);
      if (!leads) tabs.postMessage({ asks: true });
    },
    'fanfare:heartbeat'(_, id) {
      position = id;
      failures = 0;
      post();
    },
    'fanfare:close': (info) => tell('connecting', info),
    'fanfare:reset'(info, id) {
      sure = true;
      advance('reset', { ...info, id });
      post({ reset: true });
    },
    message(fields, id) {
      const message = { id, ...fields };
      post({ id, message });
      advance('message', message);
    },
  };

  function advance(kind, value) {
    try {
      take(kind, value);
      position = latest = value.id;
      failures = 0;
    } catch (error) {
      fail(error);
    }
  }

  function fail(error) {
    report(error);
    if (!watch) return;
    if (tabs) stand();
    retry();
  }

  function retry() {
    drop();
    const delayMs = Math.min(500 * 2 ** failures++, 15_000) * (1 + Math.random());
    const timer = setTimeout(open, delayMs);
    source = { close: () => clearTimeout(timer) };
    silentFrom = Date.now() + delayMs;
    tell('waiting', { delayMs });
  }

  function told({ data: { asks, from, id, message, reset, state: now } }) {
    if (asks) return post({ state });
    if (leads) return;
    if (reset) return open();
    const fits = from && (sure || !source) && compare(from, position) <= 0;
    if (source && !fits) return;
    drop();
    silentFrom = Date.now();
    if (now) tell(...now);
    if (from && !fits) return open();
    if (!fits || compare(id, position) <= 0) return;
    if (message) advance('message', message);
    else position = id;
  }

  // In line to lead, or at its head: a frozen leader stays.
  function stand(steal) {
    place?.abort();
    leads = false;
    place = new AbortController();
    const { signal } = place;
    const lead = (release) => {
      signal.onabort = release;
      leads = true;
      if (source) post();
      else void open();
    };
    navigator.locks
      .request(name, steal ? { steal } : { signal }, () => signal.aborted || new Promise(lead))
      .catch((error) => {
        if (signal.aborted) return;
        // Stolen.
        if (error.name === 'AbortError') stand();
        else lead();
      });
  }

  // Wall time tells of sleep, too.
  let watch = setInterval(() => {
    if (Date.now() - silentFrom < 2.5 * heartbeatMs) return;
    if (source) void open();
    else stand(true);
  }, heartbeatMs / 6);
  if (tabs) {
    tabs.onmessage = told;
    stand();
  }
  void open();

  return {
    get position() {
      return position;
    },
    stop() {
      watch = clearInterval(watch);
      drop();
      leads = false;
      place?.abort();
      tabs?.close();
    },
  };
}
