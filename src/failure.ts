// Why a publish failed, in words that can be counted: one of a few, and never what somebody sent.

// What the bus and the client library say by themselves.
const KNOWN: ReadonlySet<string> = new Set([
  'Redis cannot be reached',
  'Redis does not answer',
  'the log has been deleted',
  'it came to Redis too late',
  'Command timed out',
  'Connection is closed.',
  "Stream isn't writeable and enableOfflineQueue options is false",
]);
// Redis begins its refusals with a word for programs: MISCONF, OOM, READONLY, NOPERM …
const REDIS_WORD = /^[A-Z]{2,20}(?= )/;

/** The known text of an error, or Redis's own word, or else what kind of error it is. */
export function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (KNOWN.has(error.message)) return error.message;
  const kind = error.cause instanceof Error ? error.cause : error;
  return REDIS_WORD.exec(error.message)?.[0] ?? kind.constructor.name;
}
