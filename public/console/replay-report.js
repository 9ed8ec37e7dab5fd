// What the resume tester found, as a list to read.

import { element } from '../dom.js';
import { t } from '../i18n.js';
import { count } from './times.js';

// Of a long list the ends say what there is to see.
const shownIds = 200;

/** `exact`, `reset` where the server said that something may be missing, or `wrong`. */
export function verdictOf({ failure, check: { missing, twice, resets } }) {
  if (missing > 0 || twice > 0 || failure !== undefined) return 'wrong';
  return resets.length > 0 ? 'reset' : 'exact';
}

/** In words, which claim no more than was looked at. */
export function verdictText(run) {
  if (run.failure !== undefined) return run.failure;
  const verdict = verdictOf(run);
  const some = run.more && verdict !== 'wrong';
  return t(`${some ? 'verdictSome' : 'verdict'}.${verdict}`, { n: count(run.missed) });
}

/**
 * @param run where it was and is, how long it was away, how many messages were found that it missed, whether there are
 *   `more`, and the check of what came
 */
export function reportOf({ cursor, awayMs, from, to, missed, more, check: { replayed, twice, resets } }) {
  const facts = {
    cursor,
    awayTime: t('seconds', { n: (awayMs / 1_000).toFixed(1) }),
    served: from === to ? to : `${from} → ${to}`,
    missed: more ? t('moreThan', { n: count(missed) }) : count(missed),
    replayed: count(replayed.length),
    twice: count(twice),
    resets: resets.length === 0 ? t('none') : resets.map((reason) => t(`reset.${reason}`)).join(' '),
  };
  const list = element('dl', 'fields');
  for (const [key, value] of Object.entries(facts)) {
    const row = element('div', '', element('dt', '', t(key)), element('dd', '', value));
    row.dataset.fact = key;
    list.append(row);
  }
  return [list, ...idsOf(replayed)];
}

function idsOf(ids) {
  if (ids.length === 0) return [];
  const some = ids.length > shownIds ? [...ids.slice(0, shownIds / 2), '…', ...ids.slice(-shownIds / 2)] : ids;
  const list = element('ol', 'ids', ...some.map((id) => element('li', '', element('code', '', id))));
  list.tabIndex = 0;
  list.ariaLabel = t('replayedIds');
  return [element('details', '', element('summary', '', t('replayedIds')), list)];
}
