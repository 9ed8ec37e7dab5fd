// Keeps the page subscribed. The browser's EventSource comes back by itself after most failures; this adds the two that
// it does not see or gives up on: a connection that has gone silent, and one that it has closed for good. However the
// stream ends, the next one goes on after the last event heard. Knows nothing of the page.

// The server breaks a silence every 15 s, so two and a half times that without a word is a dead connection.
const silenceMs = 2.5 * 15_000;
const watchMs = 2_500;

const retryMs = 1_000;
const maxRetryMs = 30_000;

// Names that an EventSource uses itself, and the unnamed events' own, which is listened to anyway.
const reserved = /^(open|error|message|fanfare:.*)$/;

/** 0.5 to 1.5 times a delay that doubles with every failure: pages that lost the same server do not return together. */
function reopenDelayMs(failures) {
  return Math.min(retryMs * 2 ** failures, maxRetryMs) * (0.5 + Math.random());
}

/**
 * Subscribes to `/stream` for the life of the page.
 *
 * `search` is the page's own query: `event=name` (repeatable) names further events to listen to, which an EventSource
 * has to be told one by one; the rest goes to the server as it is. `on` is told what happens:
 * `state(state, reason)` with connecting, live, reconnecting, closed or forbidden (it is not let in), and why the server ended the stream if it said
 * so; `subscribed({replica, channels, resumed})`; `message(event)`; `reset({reason, requested})`; `position(id)`.
 */
export function follow(search, on) {
  const query = new URLSearchParams(search);
  const names = new Set(query.getAll('event').filter((name) => name && !reserved.test(name)));
  query.delete('event');

  let source;
  let position = '';
  let heardAt = 0;
  let failures = 0;
  let closeReason;

  function hear(event) {
    heardAt = Date.now();
    if (!event.lastEventId || event.lastEventId === position) return;
    position = event.lastEventId;
    on.position(position);
  }

  function heard(name, act) {
    source.addEventListener(name, (event) => {
      hear(event);
      act(event);
    });
  }

  // The stream carries the subscription only from `fanfare:open` on; the HTTP answer alone promises nothing.
  function subscribed(event) {
    failures = 0;
    closeReason = undefined;
    on.subscribed(JSON.parse(event.data));
    on.state('live');
  }

  function closing(event) {
    closeReason = JSON.parse(event.data).reason;
    on.state('reconnecting', closeReason);
  }

  function failed() {
    if (source.readyState !== EventSource.CLOSED) {
      on.state('reconnecting', closeReason);
      return;
    }
    on.state('closed', closeReason);
    void tellIfForbidden(source);
    setTimeout(open, reopenDelayMs(failures));
    failures += 1;
  }

  // An EventSource does not say what was answered. HEAD asks the same and opens nothing.
  async function tellIfForbidden({ url }) {
    const { status } = await fetch(url, { method: 'HEAD' }).catch(() => ({}));
    if ((status === 401 || status === 403) && source.readyState === EventSource.CLOSED) on.state('forbidden');
  }

  function open() {
    source?.close();
    heardAt = Date.now();
    if (position) {
      query.delete('last');
      query.set('lastEventId', position);
    }
    on.state(position ? 'reconnecting' : 'connecting');
    source = new EventSource(`/stream${String(query) && `?${query}`}`);
    heard('error', failed);
    heard('fanfare:open', subscribed);
    heard('fanfare:heartbeat', () => {});
    heard('fanfare:close', closing);
    heard('fanfare:reset', (event) => on.reset(JSON.parse(event.data)));
    for (const name of ['message', ...names]) heard(name, on.message);
  }

  open();
  // Wall time, not a timer since the last event: it also notices that the machine has slept.
  setInterval(() => {
    if (source.readyState !== EventSource.CLOSED && Date.now() - heardAt > silenceMs) open();
  }, watchMs);
}
