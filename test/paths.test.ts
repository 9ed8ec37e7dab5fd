// Paths that try to lead elsewhere, through nginx and to a replica: what is answered is a page, byte for byte, or a problem;
// and no spelling leads through nginx to what is asked of each replica itself.

import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Nginx, startNginx } from './support/nginx.ts';
import { answersIn, detailOf, type RawAnswer } from './support/raw-answers.ts';
import { metric, type RunningReplica, startReplica } from './support/replica.ts';
import { describeWith } from './support/tools.ts';

const PUBLIC = new URL('../public/', import.meta.url);
const ROOT = 'package.json';
const DEEP = '..%2f'.repeat(8);

/** What might lead out of the folder of the pages, or to a file that is none. */
const OUTSIDE = [
  ...[`/../${ROOT}`, `/%2e%2e/${ROOT}`, `/%2E%2E%2F${ROOT}`, `/..%2f${ROOT}`, `/.%2e/${ROOT}`, `/public/../${ROOT}`],
  ...[
    `/./../${ROOT}`,
    `/live/../../${ROOT}`,
    `/x/..%2f..%2f${ROOT}`,
    `//../${ROOT}`,
    `/..//${ROOT}`,
    `/%2f..%2f${ROOT}`,
  ],
  ...[`/..\\${ROOT}`, `/..%5c${ROOT}`, `/%5c..%5c${ROOT}`, `/\\..\\${ROOT}`, `/%252e%252e%252f${ROOT}`, `/..;/${ROOT}`],
  ...[
    `/..%00/${ROOT}`,
    `/%c0%ae%c0%ae/${ROOT}`,
    `/%uff0e%uff0e/${ROOT}`,
    `/..%ef%bc%8f${ROOT}`,
    `/live.html/../../${ROOT}`,
  ],
  ...['/../src/main.ts', '/src/main.ts', '/../public/../src/main.ts', `/${DEEP}etc/passwd`, '/%2fetc%2fpasswd'],
  ...['//etc/passwd', '/file:///etc/passwd', '/proc/self/environ', '/C:/', '/.env', '/.git/config', '/.%67it/config'],
  ...[
    '/.',
    '/..',
    '/...',
    '/%2e',
    '/%2e%2e',
    '//',
    '///',
    '/live/',
    '/live.html/',
    '/fanfare.css/',
    '/live%2ehtml%00.css',
  ],
];

const BROKEN = [
  ...['/%', '/%z', '/%2', '/%ff', '/%c3%28', '/%00', '/live%00', '/%0d%0aX-Injected:%20y', '/\xff\xfe', '/\xc3\xa9'],
  ...['/__proto__', '/constructor', '/toString', '/hasOwnProperty', '/?__proto__=x', '/*', '/|', '/"<script>', '/{}'],
  ...[`/${'x'.repeat(20_000)}`, `/${'x/'.repeat(10_000)}`, `/${'../'.repeat(8_000)}`, `/${'%2e%2e%2f'.repeat(3_000)}`],
  ...[`/live?${'x'.repeat(20_000)}`, `/${'%'.repeat(20_000)}`],
];

const SENDS = [
  ...[
    '//send',
    '/send/',
    '/SEND',
    '/Send',
    '/%73end',
    '/send;x',
    '/send%00',
    '/send%20',
    '/send%0a',
    '/send\xa0',
    '/send\\',
  ],
  ...['/send.', '/send.html', '/./send', '/x/../send', '/public/../send', '/send//', '/send%2f', '/%2fsend', '/\\send'],
  ...['http:/send', '/http://wire/send', '/stream/../send', '/send/../send', '/%2573end'],
];

// Spelled in every way, and with anything around it.
const PRIVATE = ['livez', 'readyz', 'metrics'];
const AROUND = [
  '/',
  '//',
  '/./',
  '/x/../',
  '/%2e/',
  '/x/%2e%2e/',
  '\\',
  '%5c',
  '%2f',
  ';',
  ';x',
  '%00',
  '%20',
  '?',
  '#',
];
const MORE_AROUND = ['\xa0', '%09', '.', '..', '%23', '%3f', '&', '*', '~', 'live/../', 'stream/../', 'send/../', '/@'];

let replica: RunningReplica;
let nginx: Nginx;

/** All answers to a request, byte by byte, and to nothing behind it. */
async function ask(url: string, target: string, method = 'GET'): Promise<readonly RawAnswer[]> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('latin1');
  let text = '';
  socket
    .on('error', () => undefined)
    .on('data', (piece: string) => {
      text += piece;
    });
  const head = `${method} ${target} HTTP/1.1\r\nHost: wire\r\nConnection: close\r\n`;
  const form = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nmessage=m';
  socket.write(method === 'POST' ? head + form : `${head}\r\n`, 'latin1');
  await new Promise((resolve) => socket.once('close', resolve));
  return answersIn(text);
}

const entries = readdirSync(PUBLIC, { recursive: true, withFileTypes: true });
const pages = entries
  .filter((entry) => entry.isFile())
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));

function expectPageOrProblem(answer: RawAnswer): void {
  expect(answer.status).toBeLessThan(500);
  if (answer.status < 400) expect(pages).toContain(answer.body);
  else detailOf(answer);
  expect(answer.headers.has('x-injected')).toBe(false);
}

describeWith(['nginx'], 'Paths', () => {
  beforeAll(async () => {
    replica = await startReplica({ TRUST_PROXY: 'true' });
    nginx = await startNginx([replica.url]);
  });

  afterAll(async () => {
    await nginx?.stop();
    await replica?.stop();
  });

  const places = () => [nginx.url, replica.url];

  test.each([...OUTSIDE, ...BROKEN])('P7: the path %j is a page or a problem, and nothing else', async (path) => {
    for (const at of places()) {
      const answers = await ask(at, path);
      expect(answers).toHaveLength(1);
      for (const answer of answers) expectPageOrProblem(answer);
    }
    expect(replica.errors).toEqual([]);
  });

  test.each(SENDS)('P1: nothing can be published at %j', async (path) => {
    const before = await metric(replica, 'fanfare_log_messages');
    for (const at of places()) {
      const [answer] = await ask(at, path, 'POST');
      expect(answer?.status).toBeGreaterThanOrEqual(400);
      expect(answer?.status).toBeLessThan(500);
      detailOf(answer as RawAnswer);
    }
    expect(await metric(replica, 'fanfare_log_messages')).toBe(before);
  });

  test('Metrics: no spelling leads through nginx to /metrics, /livez or /readyz', async () => {
    expect((await ask(replica.url, '/livez'))[0]?.body).toContain('"live"');
    expect((await ask(replica.url, '/readyz'))[0]?.body).toContain('"ready"');
    const around = fc
      .array(fc.constantFrom(...AROUND, ...MORE_AROUND), { maxLength: 3 })
      .map((parts) => parts.join(''));
    const spelled = fc.constantFrom(...PRIVATE).chain((name) => fc.tuple(...[...name].map(spellings)));
    const start = fc.constantFrom('/', '//', 'http://wire/', 'http://wire//', 'HTTP://wire:80/', '/x?', '/\\', '');
    await fc.assert(
      fc.asyncProperty(start, around, spelled, around, async (first, before, letters, behind) => {
        for (const answer of await ask(nginx.url, first + before + letters.join('') + behind)) {
          expect(answer.body).not.toMatch(/"live"|ready"|fanfare_/);
          expectPageOrProblem(answer);
        }
      }),
      { numRuns: 2_000, examples: PRIVATE.map((name) => ['/', '', [...name], '']) },
    );
  });

  test('P7: the folder of the pages holds files and folders alone: no link, nothing hidden', () => {
    expect(pages.length).toBeGreaterThan(10);
    for (const entry of entries) {
      expect(entry.isFile() || entry.isDirectory(), entry.name).toBe(true);
      expect(entry.name).not.toMatch(/^\./);
    }
  });
});

/** A letter as it is, in the other case, percent-encoded, and that once more. */
function spellings(letter: string): fc.Arbitrary<string> {
  const code = letter.charCodeAt(0).toString(16);
  const ways = [letter, letter, letter, letter.toUpperCase(), `%${code}`, `%${code.toUpperCase()}`, `%25${code}`];
  return fc.constantFrom(...ways);
}
