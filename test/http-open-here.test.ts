// What is open by its address alone: to programs and pages of this machine, and to no page that a browser on it shows.

import { expect, test } from 'vitest';
import { whyNotHere } from '../src/access/open-here.ts';
import { askAs } from './support/ask.ts';
import { onMemory } from './support/bracket.ts';
import { problemDetail } from './support/publisher.ts';
import { metric } from './support/replica.ts';
import { ALL, ASKING, token } from './support/token.ts';

const FRIEND = 'https://app.example';
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const OPEN = ['/stream', '/history', '/channels', '/cluster'];

onMemory('Open on this machine alone', (bracket) => {
  const send = (url: string, headers: Record<string, string>, host = new URL(url).host) =>
    askAs(host, `${url}/send`, { method: 'POST', body: 'message=a', headers: { ...FORM, ...headers } });

  test('A11: a page of another origin sends nothing to what is open by its address alone', async () => {
    const replica = await bracket.start({ CORS_ORIGINS: FRIEND });
    const { url } = replica;
    const foreign = [
      { Origin: 'https://evil.example' },
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'http://localhost:5173', 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'null' },
    ];
    for (const headers of foreign)
      expect(problemDetail(await send(url, headers), 403)).toMatch(
        /another origin.*CORS_ORIGINS.*ANONYMOUS_PUBLISH=true/,
      );
    expect(await metric(replica, 'fanfare_access_refused_total{reason="origin"}')).toBe(foreign.length);
    for (const headers of [{}, { Origin: url }, { Origin: FRIEND, 'Sec-Fetch-Site': 'cross-site' }])
      expect(await send(url, headers)).toMatchObject({ status: 201 });
  });

  test('A11: whose name was made to lead here gets nothing, and is told what to set', async () => {
    const { url } = await bracket.start();
    const evil = `evil.example:${new URL(url).port}`;
    const ofPage = (host: string) => ({ Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' });
    expect(problemDetail(await send(url, ofPage(evil), evil), 403)).toMatch(
      /as "evil\.example".*ANONYMOUS_PUBLISH=true/,
    );
    for (const path of OPEN)
      expect(problemDetail(await askAs(evil, url + path, { headers: ofPage(evil) }), 403)).toMatch(
        /come as localhost.*CORS_ORIGINS.*ANONYMOUS_SUBSCRIBE=true/,
      );
    const tunnel = 'localhost:8080';
    expect(await send(url, ofPage(tunnel), tunnel)).toMatchObject({ status: 201 });
    for (const path of OPEN)
      expect(await askAs(tunnel, url + path, { headers: ofPage(tunnel) })).toMatchObject({ status: 200 });
  });

  test('A11: what the operator has opened, or closed, asks for no name', async () => {
    const foreign = { Origin: 'https://evil.example' };
    const open = await bracket.start({ ANONYMOUS_PUBLISH: 'true', ANONYMOUS_SUBSCRIBE: 'true' });
    const asking = await bracket.start(ASKING);
    const known = { ...foreign, Authorization: `Bearer ${await token(ALL)}` };
    for (const [url, headers] of [
      [open.url, foreign],
      [asking.url, known],
    ] as const) {
      expect(await send(url, headers, 'push.example')).toMatchObject({ status: 201 });
      for (const path of OPEN)
        expect(await askAs('push.example', url + path, { headers })).toMatchObject({ status: 200 });
    }
  });
});

test.each<[here: boolean, host: string | undefined]>([
  ...[
    'localhost',
    'LOCALHOST:3000',
    'app.localhost:80',
    '127.0.0.1',
    '127.8.9.1:3000',
    '192.0.2.1:3000',
    '[::1]:3000',
    '[2001:db8::2]',
    'nginx:8080',
    'app',
  ].map((host): [boolean, string] => [true, host]),
  // HTTP/1.0, and never a browser.
  [true, ''],
  [true, undefined],
  [true, 'app.example'],
  [true, 'APP.example:8443'],
  ...[
    'evil.example',
    'localhost.evil.example',
    'evillocalhost.example',
    '127.0.0.1.evil.example',
    '192.0.2.1.example',
    '[evil.example]',
  ].map((host): [boolean, string] => [false, host]),
  [false, 'other.app.example'],
  [false, '127.0.0.1.'],
])('A11: it is %j that nobody can make %j lead here', (here, host) => {
  const fault = whyNotHere({ method: 'GET', headers: host === undefined ? {} : { host } }, 'subscribe', [FRIEND]);
  expect(fault === undefined).toBe(here);
});
