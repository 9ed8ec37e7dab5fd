// The resume tester: drops the page's connection, stays away, comes back with the cursor, and shows what the server
// replayed, held against what its log says was missed.

import { t } from '../i18n.js';
import { missedSince, ReplayCheck } from './replay-check.js';
import { reportOf, verdictOf, verdictText } from './replay-report.js';
import { count } from './times.js';

const tickMs = 250;
const giveUpMs = 15_000;

export class ResumeTester {
  #connection;
  #replica;
  #form;
  #control;
  #status;
  #result;
  /** Ends the time away. */
  #comeBack;
  /** The test, from coming back until all is here. */
  #coming;
  #check;
  #settled = () => {};

  /**
   * @param panel its form has a choice of seconds and a button; it has a status and a result
   * @param connection the page's; `replica()` says which one serves it
   */
  constructor(panel, connection, replica) {
    this.#connection = connection;
    this.#replica = replica;
    this.#form = panel.querySelector('form');
    this.#control = this.#form.querySelector('button');
    this.#status = panel.querySelector('.status');
    this.#result = panel.querySelector('.result');
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#pressed();
    });
  }

  message({ id }) {
    this.#check?.message(id);
    this.#settled();
  }

  reset({ reason }) {
    this.#check?.resets.push(reason);
  }

  subscribed() {
    this.#settled();
  }

  /** What was missed is not what comes now. */
  channelsChanged() {
    if (!this.#coming) return;
    this.#coming.failure = t('channelsChanged');
    this.#settled();
  }

  #pressed() {
    if (this.#comeBack) this.#comeBack();
    else if (this.#control.ariaDisabled !== 'true' && this.#connection.position) void this.#run();
  }

  async #run() {
    const run = { cursor: this.#connection.position, from: this.#replica() };
    this.#result.replaceChildren();
    delete this.#result.dataset.verdict;
    run.awayMs = await this.#away(Number(this.#form.elements.seconds.value || 'Infinity'));
    this.#status.textContent = t('comingBack');
    this.#control.ariaDisabled = 'true';
    this.#coming = run;
    const { ids, more } = await missedSince(run.cursor, this.#connection.channels).catch(({ message }) => {
      run.failure = t('notLookedUp', { why: message });
      return { ids: [], more: false };
    });
    this.#check = new ReplayCheck(ids);
    await this.#replay();
    this.#show({ ...run, missed: ids.length, more, check: this.#check, to: this.#replica() });
    [this.#coming, this.#check] = [];
    this.#control.ariaDisabled = null;
    this.#control.textContent = t('drop');
  }

  /** Drops the connection; resolves after so many seconds, or when the button is pressed again. */
  #away(seconds) {
    this.#control.textContent = t('comeBack');
    this.#connection.drop();
    this.#status.textContent = Number.isFinite(seconds) ? t('awayFor', { n: count(seconds) }) : t('awayUntil');
    const since = performance.now();
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        if (performance.now() - since >= seconds * 1_000) this.#comeBack();
      }, tickMs);
      this.#comeBack = () => {
        clearInterval(timer);
        this.#comeBack = undefined;
        resolve(performance.now() - since);
      };
    });
  }

  /** Comes back; resolves when all that was missed has come, or does not come any more. */
  #replay() {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#settled = () => {};
        resolve();
      };
      const timer = setTimeout(end, giveUpMs);
      this.#settled = () => (this.#check.missing === 0 || this.#coming.failure) && end();
      this.#connection.open();
    });
  }

  #show(run) {
    const verdict = verdictOf(run);
    this.#result.dataset.verdict = verdict;
    this.#status.textContent = verdictText(run);
    this.#result.append(...reportOf(run));
  }
}
