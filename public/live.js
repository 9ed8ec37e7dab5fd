// Joins the parts of the live page: the connection tells, and the tail, the facts above it and the panels beside it show.

import { createAccess } from './console/access.js';
import { createAnnouncer } from './console/announcer.js';
import { chooseChannels } from './console/channels.js';
import { watchCluster } from './console/cluster.js';
import { createComposer } from './console/composer.js';
import { Connection } from './console/connection.js';
import { createFacts } from './console/facts.js';
import { readQuery, writeQuery } from './console/query.js';
import { ResumeTester } from './console/resume.js';
import { showState } from './console/state.js';
import { Tail } from './console/tail.js';
import { t, translate } from './i18n.js';

translate();

const find = (selector) => document.querySelector(selector);
const asked = readQuery(location.search);
let { channels, events } = asked;
/** Where this page's stream began. */
let start;

const replica = () => find('#replica').textContent;
const announcer = createAnnouncer(find('#announcer'));
const access = createAccess(find('#access'), find('#why'), () => connection.again());
const facts = createFacts(find, () => connection.heardAt);
const cluster = watchCluster(find('#cluster'), replica);

function keepAddress() {
  const query = writeQuery(location.search, { channels, events });
  if (query !== location.search) history.replaceState(null, '', `${location.pathname}${query}${location.hash}`);
}

const tail = new Tail(find, {
  channels: () => channels,
  start: () => start,
  events,
  eventsChanged(names) {
    events = names;
    keepAddress();
  },
  withToken: access.withToken,
  announcer,
});

const composer = createComposer(find('#send-form'), {
  sent({ id, event, sentAt }) {
    facts.sent(id, sentAt);
    // Who sends a named event wants to see it.
    if (event) tail.show(event);
  },
});
composer.suggest(channels[0]);

const chooser = chooseChannels(
  { form: find('#add-channel'), list: find('#channels'), options: find('#channel-names'), said: find('#channel-said') },
  channels,
  (names) => {
    const added = names.some((name) => !channels.includes(name));
    channels = names;
    start = connection.position || start;
    keepAddress();
    composer.suggest(names[0]);
    connection.listenTo(names);
    tail.channelsChanged(added);
    tester.channelsChanged();
  },
);
for (const field of document.querySelectorAll('[list=channel-names]')) field.addEventListener('focus', chooser.suggest);

const connection = new Connection(asked, {
  state(name, detail) {
    showState(find('#state'), find('#why'), name, detail);
    if (name === 'forbidden') access.needed();
    if (name === 'live') access.settled();
  },
  subscribed(info) {
    find('#replica').textContent = info.replica;
    facts.opened(info.resumed || asked.last !== undefined);
    tester.subscribed();
    cluster.lookNow();
  },
  position(id) {
    start ??= id;
    find('#position').textContent = id;
  },
  message(message) {
    facts.message(message);
    composer.arrived(message);
    tester.message(message);
    tail.message(message);
  },
  reset({ reason }) {
    tester.reset({ reason });
    tail.notice(t('reset'), t(`reset.${reason}`), reason);
  },
});
const tester = new ResumeTester(find('#resume'), connection, replica);
connection.open();
