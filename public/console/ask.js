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
  if (!response.ok) throw await refusal(response);
  return response.json().catch(() => ({}));
}

/** Why a path is refused, as `ask` would throw it; undefined where it is not, whose answer is not read. */
export async function whyRefused(path) {
  const life = new AbortController();
  const signal = AbortSignal.any([life.signal, AbortSignal.timeout(answerTimeoutMs)]);
  try {
    const response = await fetch(path, { signal });
    return response.ok ? undefined : await refusal(response);
  } catch {
    return new Refused(0, t('unreachable'));
  } finally {
    life.abort();
  }
}

async function refusal(response) {
  // A proxy's own error page is not JSON; its status says enough.
  const answer = await response.json().catch(() => ({}));
  return new Refused(response.status, answer.detail ?? answer.title ?? `HTTP ${response.status}`);
}
