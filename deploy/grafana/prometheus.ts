// Asks a Prometheus. Errors say which one and what to do, for they are read by whoever typed its address.

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Curve {
  readonly labels: Readonly<Record<string, string>>;
  /** Moments in ms of Unix time, and values. */
  readonly points: readonly (readonly [at: number, value: number])[];
}

interface Series {
  readonly metric: Record<string, string>;
  readonly value?: [number, string];
  readonly values?: [number, string][];
}

interface Answer {
  readonly status: 'success' | 'error';
  readonly error?: string;
  readonly data?: { readonly resultType: string; readonly result: Series[] };
}

const PATIENCE_MS = 10_000;

/** Values now. */
export async function query(url: string, expr: string): Promise<readonly Sample[]> {
  const result = await ask(url, 'query', { query: expr });
  return result.map(({ metric, value }) => ({ labels: metric, value: numberOf(value?.[1]) }));
}

export interface Range {
  /** Seconds of Unix time. */
  readonly from: number;
  readonly to: number;
  readonly stepSeconds: number;
}

/** Values over a time. */
export async function queryRange(url: string, expr: string, range: Range): Promise<readonly Curve[]> {
  const { from, to, stepSeconds } = range;
  const asked = { query: expr, start: `${from}`, end: `${to}`, step: `${stepSeconds}` };
  const result = await ask(url, 'query_range', asked);
  return result.map(({ metric, values = [] }) => ({
    labels: metric,
    points: values.map(([at, value]) => [at * 1000, numberOf(value)] as const),
  }));
}

async function ask(url: string, what: string, parameters: Record<string, string>): Promise<readonly Series[]> {
  const base = url.endsWith('/') ? url : `${url}/`;
  if (!URL.canParse(base)) throw new Error(`${url} is no address of a Prometheus: give one like http://localhost:9090`);
  const answer = await reach(new URL(`api/v1/${what}`, base), parameters);
  if (!answer.data)
    throw new Error(`Prometheus refuses ${parameters['query']}: ${answer.error ?? 'it says no reason'}`);
  return answer.data.result;
}

async function reach(url: URL, parameters: Record<string, string>): Promise<Answer> {
  const request = { method: 'POST', body: new URLSearchParams(parameters), signal: AbortSignal.timeout(PATIENCE_MS) };
  try {
    const response = await fetch(url, request);
    return (await response.json()) as Answer;
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new Error(`No Prometheus answers at ${url.origin} (${reason}). Is it running, and is this its address?`, {
      cause,
    });
  }
}

// Prometheus writes NaN, +Inf and -Inf.
function numberOf(text = 'NaN'): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}
