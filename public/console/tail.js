// The live tail: what arrives goes into the store and so into the list, or waits while the tail is paused.

import { write } from '../dom.js';
import { t } from '../i18n.js';
import { createFilter } from './filter.js';
import { listenToKeys } from './keys.js';
import { List } from './list.js';
import { loadOlder } from './older.js';
import { Store } from './store.js';
import { count } from './times.js';
import { Waiting } from './waiting.js';

// Enough to look back over; more is in the log, and would make the page heavy.
const maxItems = 5_000;
const maxChars = 8_388_608;

export class Tail {
  #page;
  #box;
  #pause;
  #newest;
  #shown;
  #total;
  #empty;
  #store = new Store(maxItems, maxChars);
  // One less: a notice says what was lost.
  #waiting = new Waiting(maxItems - 1, maxChars);
  #filter;
  #list;
  #older;
  #came = 0;
  /** Come since the reader left the end of the list. */
  #unseen = 0;
  #paused = false;
  #due = false;

  /**
   * @param find finds the page's elements
   * @param page `channels()`, `start()`, `events`: names from the address, `eventsChanged(names)`, `withToken()`, and the
   *   `announcer`
   */
  constructor(find, page) {
    this.#page = page;
    this.#box = find('#messages');
    this.#pause = find('#pause');
    this.#newest = find('#newest');
    this.#shown = find('#shown');
    this.#total = find('#total');
    this.#empty = find('.waiting');
    this.#filter = createFilter(find('#filter'), find('#events'), page.events, (names) => this.#filtered(names));
    this.#store.filter(this.#filter.passes);
    this.#list = new List(this.#box, this.#store, {
      announce: page.announcer.say,
      withToken: page.withToken,
      showsChannels: () => page.channels().length > 1,
      viewChanged: () => this.#drawNewest(),
    });
    this.#older = loadOlder(this.#box, find('#older'), find('#older-said'), {
      channels: page.channels,
      start: page.start,
      oldest: () => this.#store.oldest?.id,
      add: (messages) => this.#addOlder(messages),
    });
    listenToKeys(this.#box, this.#list);
    this.#pause.addEventListener('click', () => this.#togglePause());
    this.#newest.addEventListener('click', () => this.#goToNewest());
    this.#drawTags();
    this.#drawCounts();
  }

  message(message) {
    this.#came += 1;
    this.#filter.count([message]);
    this.#add({ kind: 'message', ...message });
  }

  notice(title, explanation, reason) {
    this.#add({ kind: 'notice', time: Date.now(), title, explanation, reason });
  }

  /** Shows the messages of an event name. */
  show(name) {
    this.#filter.show(name);
  }

  /** @param added whether there are others than before */
  channelsChanged(added) {
    const begun = added && this.#store.items.length + this.#waiting.count > 0;
    // What is kept has nothing of the added ones: above and between its rows there would be gaps that nobody sees.
    if (begun) this.#forget();
    this.#older.restart(begun ? t('begunAnew') : '');
    this.#drawTags();
    this.#list.redraw();
  }

  #forget() {
    this.#waiting.take();
    this.#list.update(() => this.#store.clear());
    this.#list.follow();
    this.#filter.forget();
    this.#drawCounts();
  }

  #add(item) {
    this.#waiting.add(item);
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => this.#take());
  }

  #take() {
    this.#due = false;
    if (!this.#paused && this.#waiting.count > 0) {
      const { items, lost } = this.#waiting.take();
      const explanation = t('skipped', { n: count(lost) });
      const notice = { kind: 'notice', time: Date.now(), title: t('reset'), explanation, reason: 'skipped' };
      this.#append(lost > 0 ? [notice, ...items] : items);
      this.#page.announcer.arrived(items.filter(({ kind }) => kind === 'message'));
    }
    this.#drawCounts();
  }

  #append(items) {
    let trimmed = false;
    const before = this.#store.visible.length;
    this.#list.update(() => {
      trimmed = this.#store.append(items);
    });
    if (trimmed) this.#older.restart();
    if (!this.#list.following) this.#unseen += Math.max(0, this.#store.visible.length - before);
    this.#drawNewest();
  }

  /** False where there was no room for all of them. */
  #addOlder(messages) {
    let taken = 0;
    // Who looks back reads there.
    if (messages.length > 0) this.#list.follow(false);
    this.#list.update(() => {
      taken = this.#store.prepend(messages);
    });
    this.#filter.count(messages);
    this.#drawCounts();
    return taken === messages.length;
  }

  #filtered(names) {
    this.#list.update(() => this.#store.filter(this.#filter.passes));
    this.#page.eventsChanged(names);
    this.#drawCounts();
  }

  #togglePause() {
    this.#paused = !this.#paused;
    this.#pause.ariaPressed = String(this.#paused);
    if (!this.#paused) this.#list.follow();
    this.#take();
  }

  #goToNewest() {
    this.#list.follow();
    this.#box.focus();
  }

  /** With several channels every row says its own. */
  #drawTags() {
    this.#box.classList.toggle('many', this.#page.channels().length > 1);
  }

  #drawNewest() {
    if (this.#list.endInView) this.#unseen = 0;
    this.#newest.hidden = this.#list.following || this.#list.endInView;
    write(this.#newest, this.#unseen === 0 ? t('newest') : t('newestCount', { n: count(this.#unseen) }));
  }

  #drawCounts() {
    const waits = this.#paused ? this.#waiting.count : 0;
    write(this.#pause, !this.#paused ? t('pause') : waits === 0 ? t('goOn') : t('goOnCount', { n: count(waits) }));
    const shown = this.#store.visible.length;
    const kept = this.#store.items.length;
    write(this.#shown, t(shown === kept ? 'countAll' : 'countSome', { n: count(shown), of: count(kept) }));
    write(this.#total, String(this.#came));
    this.#empty.hidden = shown > 0;
    write(this.#empty, t(kept > 0 && shown === 0 ? 'allHidden' : 'waiting'));
  }
}
