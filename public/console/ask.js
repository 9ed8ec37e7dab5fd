// Asking the server for JSON. What it refuses comes as an error whose message says what to do.

import { t } from '../i18n.js';

const answerTimeoutMs = 10_000;

/** An answer that was not what was asked for. */
class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * The answer's JSON; undefined where it has none.
 * @throws Refused; its status is 0 where there was no answer
 */
export async function ask(path, options = {}) {
  const response = await fetch(path, { signal: AbortSignal.timeout(answerTimeoutMs), ...options }).catch(() => {
    throw new Refused(0, t('unreachable'));
  });
  if (response.status === 204) return undefined;
  // A proxy's own error page is not JSON; its status says enough.
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer.detail ?? answer.title ?? `HTTP ${response.status}`);
  return answer;
}
