// The running server against its own description, by Schemathesis: right and wrong requests of all kinds, and for each
// the question whether its answer is one that the description has. What it finds it reports with a curl line and a seed.

import { expect, test } from 'vitest';
import { onRedis } from './support/bracket.ts';
import { description } from './support/description.ts';
import { metric } from './support/replica.ts';
import { type Findings, tryOut } from './support/schemathesis.ts';
import { ALL, ASKING, token } from './support/token.ts';
import { describeWith } from './support/tools.ts';

// Some ten seconds on a quiet machine; this is for others.
const LIMIT_MS = 240_000;

function expectNothing({ code, report }: Findings, operations: number): void {
  expect(code, report).toBe(0);
  expect(report).toContain(`Tested: ${operations}\n`);
  // So few would mean that most were not sent.
  expect(Number(/(\d+) generated/.exec(report)?.[1])).toBeGreaterThan(500);
}

/** The description with something else in it. */
function changed(written: string, other: string): object {
  const text = JSON.stringify(description);
  expect(text).toContain(written);
  return JSON.parse(text.replaceAll(written, other)) as object;
}

/** What is wrong → the description with it, and what is reported of it. */
const WRONG: Record<string, [written: string, other: string, path: string, reported: string]> = {
  'a body': ['"const":"live"', '"const":"dead"', '/livez', 'Response violates schema'],
  'an event': ['"const":"fanfare:open"', '"const":"fanfare:opened"', '/stream', 'SSE event violates schema'],
  'the data of an event': ['"type":"boolean"', '"type":"number"', '/stream', 'SSE event'],
  'a header field': ['"const":"no-store"', '"const":"max-age=60"', '/readyz', 'Response header'],
  'a status': ['"415":{', '"418":{', '/send', 'Undocumented status code'],
  'a limit': ['"maximum":1000', '"maximum":1001', '/stream', 'Schema-valid request rejected'],
  'a field': ['"required":["message"]', '"required":["message","event"]', '/send', 'Schema-violating request accepted'],
  'who may': ['"operationId":"livez"', '"operationId":"livez","security":[{"bearer":[]}]', '/livez', 'auth'],
};

describeWith(['schemathesis'], 'Schemathesis', () => {
  onRedis('on a server and its description', (bracket) => {
    test(
      'it finds nothing in one that is open to everybody',
      async () => {
        const replica = await bracket.start();
        // Tokens are not known there, and what is about them is not found.
        expectNothing(await tryOut(replica.url, description, ['--exclude-tag', 'access']), 11);
        expect(await metric(replica, 'fanfare_streams_opened_total{resumed="true"}')).toBeGreaterThan(10);
        expect(await metric(replica, 'fanfare_messages_published_total{result="ok"}')).toBeGreaterThan(100);
      },
      LIMIT_MS,
    );

    test(
      'it finds nothing in one that asks for tokens',
      async () => {
        const { url } = await bracket.start(ASKING);
        // Nobody is that but the test, which would else end its own token.
        const mine = await token({ ...ALL, sub: 'the test itself' }, { expiresIn: 600 });
        // There, to come without a token is no way to come.
        const closed = changed('"security":[{},', '"security":[');
        expectNothing(await tryOut(url, closed, ['--header', `Authorization: Bearer ${mine}`]), 15);
      },
      LIMIT_MS,
    );

    test.each(Object.entries(WRONG))(
      'it finds %s that is described wrongly',
      async (_what, [written, other, path, reported]) => {
        const { url } = await bracket.start();
        const little = ['--include-path', path, '--phases', 'coverage'];
        const { code, report } = await tryOut(url, changed(written, other), little);
        expect(code, report).toBe(1);
        expect(report).toContain(reported);
        expect(report).toContain('curl -X ');
        expect(report).toMatch(/^Seed: \d+$/m);
      },
      LIMIT_MS,
    );
  });
});
