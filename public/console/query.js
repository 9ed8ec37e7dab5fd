// The page's address says what it shows: `channel` and `event`, both repeatable, and where it begins (`last` or
// `lastEventId`). What is chosen on the page is written back, so that the address can be kept and shared.

const defaultChannel = 'messages';

/** What an address asks for. */
export function readQuery(search) {
  const query = new URLSearchParams(search);
  const some = (name) => [...new Set(query.getAll(name).filter(Boolean))];
  const channels = some('channel');
  return {
    channels: channels.length > 0 ? channels : [defaultChannel],
    events: some('event'),
    last: query.get('last') ?? undefined,
    lastEventId: query.get('lastEventId') ?? undefined,
  };
}

/** The query that asks for these channels and events; the rest of `search` stays as it is. */
export function writeQuery(search, { channels, events }) {
  const query = new URLSearchParams(search);
  query.delete('channel');
  query.delete('event');
  if (channels.length !== 1 || channels[0] !== defaultChannel) {
    for (const channel of channels) query.append('channel', channel);
  }
  for (const event of events) query.append('event', event);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
