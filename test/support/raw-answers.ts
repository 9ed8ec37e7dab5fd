// The answers of one connection as HTTP frames them: by their length, by chunks, or by the end of the connection. What
// fits no frame is an error, so that no answer can hide within another.

import { expect } from 'vitest';

export interface RawAnswer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

const HEAD = /^HTTP\/1\.1 (\d{3}) [^\r\n]+\r\n((?:[\w-]+: [^\r\n]*\r\n)*)\r\n/;

/**
 * All answers in `text`, oldest first.
 * @param text byte by byte, as latin1 has it
 * @param toHead whether the first of them answers HEAD
 */
export function answersIn(text: string, toHead = false): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest !== ''; ) {
    const head = HEAD.exec(rest);
    if (head === null) throw new Error(`This is no answer: ${JSON.stringify(rest.slice(0, 200))}`);
    const [all, status, lines = ''] = head;
    const headers = new Map(lines.split('\r\n').map((line) => splitLine(line)));
    const bodiless = status === '100' || (toHead && answers.length === 0);
    const behind = rest.slice(all.length);
    const [body, next] = bodiless ? ['', behind] : bodyOf(behind, headers);
    answers.push({ status: Number(status), headers, body });
    rest = next;
  }
  return answers;
}

/** Expects a problem in the shape of RFC 9457 and returns its detail. */
export function detailOf({ headers, status, body }: RawAnswer): string {
  expect(headers.get('content-type')).toBe('application/problem+json');
  const problem = JSON.parse(Buffer.from(body, 'latin1').toString()) as Readonly<Record<string, unknown>>;
  expect(problem).toEqual({
    type: 'about:blank',
    title: expect.stringMatching(/./),
    status,
    detail: expect.stringMatching(/./),
  });
  return String(problem['detail']);
}

function splitLine(line: string): readonly [string, string] {
  const colon = line.indexOf(': ');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
}

function bodyOf(rest: string, headers: ReadonlyMap<string, string>): readonly [string, string] {
  if (headers.has('content-length')) {
    const length = Number(headers.get('content-length'));
    if (rest.length < length) throw new Error(`A body of ${length} bytes has only ${rest.length}: ${rest}`);
    return [rest.slice(0, length), rest.slice(length)];
  }
  return headers.get('transfer-encoding') === 'chunked' ? unchunk(rest) : [rest, ''];
}

function unchunk(text: string): readonly [string, string] {
  let body = '';
  for (let rest = text; ; ) {
    const size = /^([\da-f]+)\r\n/.exec(rest);
    if (size === null) throw new Error(`This is no chunk: ${JSON.stringify(rest.slice(0, 200))}`);
    const begin = size[0].length;
    const end = begin + Number.parseInt(size[1] as string, 16);
    body += rest.slice(begin, end);
    if (rest.slice(end, end + 2) !== '\r\n') throw new Error(`A chunk has no end: ${JSON.stringify(rest)}`);
    rest = rest.slice(end + 2);
    if (end === begin) return [body, rest];
  }
}
