// What hostile publishers and subscribers send to three replicas behind nginx: it is refused or it is carried literally,
// three parsers that share no code agree on that, and nobody else notices.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createHttpServer } from '../../src/server.ts';
import { type Answer, post, problemDetail } from '../support/publisher.ts';
import { detailOf } from '../support/raw-answers.ts';
import { describeWith } from '../support/tools.ts';
import { until } from '../support/until.ts';
import { HostileCluster } from './hostile-cluster.ts';
import { cursorTests } from './hostile-cursors.suite.ts';
import type { WireRow } from './hostile-http.ts';
import { LITERAL, NAMES } from './hostile-messages.ts';
import { form, json, type Posted } from './hostile-posts.ts';
import { REFUSED } from './hostile-refusals.ts';
import type { SlowClients } from './hostile-slowness.ts';
import { exchange, expectInStep, WIRE } from './hostile-wire.ts';

// nginx gives slow clients up after 15 s without a byte.
const LIMIT_MS = 60_000;
// Slow clients send this often, and then no more.
const DRIPS = 50;

let hostile: HostileCluster;
let url = '';
let tests = 0;

function send({ body, headers }: Posted): Promise<Answer> {
  return post(url, body, headers);
}

/** Sends what must be taken, and expects that it and nothing else comes to all readers. */
async function expectCarried(posted: Posted, event: string, data: string): Promise<void> {
  const mark = hostile.mark();
  const answer = await send(posted);
  expect(answer).toMatchObject({ status: 201 });
  const { id } = JSON.parse(answer.text) as { id: string };
  await hostile.expectOnly(mark, [{ id, event, data }]);
}

/** Sends these bytes, and expects these answers, a message for each 201, and clients who come later to notice nothing. */
async function expectWired(at: string, row: WireRow, statuses: readonly number[]): Promise<void> {
  const mark = hostile.mark();
  const answers = await exchange(at, row);
  expect(answers.map(({ status }) => status)).toEqual(statuses);
  for (const answer of answers) if (answer.status >= 400 && answer.body !== '') detailOf(answer);
  await expectInStep(url);
  const carried = statuses.filter((status) => status === 201);
  await hostile.expectOnly(
    mark,
    carried.map(() => ({ id: expect.any(String), event: 'message', data: 'm' })),
  );
}

describeWith(['redis-server', 'nginx', 'chromium'], 'hostile input', () => {
  beforeAll(async () => {
    hostile = await HostileCluster.start();
    url = hostile.cluster.url;
  });

  beforeEach(() => {
    tests += 1;
    if (tests <= DRIPS) for (const clients of hostile.slow) clients.drip();
  });

  afterAll(() => hostile?.stop());

  test('S6: hundreds of slow headers and bodies are open, and hold up no publish and no stream', async () => {
    expect(hostile.slow.map(({ open }) => open)).toEqual([200, 60, 60, 60]);
    await expectCarried(form('message=in+between'), 'message', 'in between');
  });

  test.each(LITERAL)('S3: %s comes to three parsers literally', async (_what, posted, data) => {
    await expectCarried(posted, 'message', data);
  });

  test.each(NAMES)('P6: %j is a channel and an event, in a form and in JSON', async (name) => {
    const fields = { channel: name, event: name, message: 'named' };
    await expectCarried(form(new URLSearchParams(fields).toString()), name, 'named');
    await expectCarried(json(JSON.stringify(fields)), name, 'named');
  });

  test.each(REFUSED)('P6, P7: %s is refused, and nothing comes', async (_what, posted, status, named) => {
    const mark = hostile.mark();
    expect(problemDetail(await send(posted), status)).toMatch(named);
    await hostile.expectOnly(mark, []);
  });

  test('P4: a key that two bodies fight for is kept by the first', async () => {
    const headers = { 'Idempotency-Key': 'fought-for' };
    await expectCarried(form('message=first', headers), 'message', 'first');
    const mark = hostile.mark();
    problemDetail(await send(form('message=other', headers)), 422);
    problemDetail(await send(json('{"message":"first"}', headers)), 422);
    await hostile.expectOnly(mark, []);
  });

  test.each(WIRE)('P7: %s: through nginx each request has one answer, and none is smuggled in', async (_what, row) => {
    await expectWired(url, row, row.atNginx);
  });

  test.each(WIRE)('P7: %s: at a replica each request has one answer, and none is smuggled in', async (_what, row) => {
    const [{ url: replica }] = hostile.cluster.replicas;
    await expectWired(replica, row, row.atReplica);
  });

  cursorTests(() => hostile.cluster);

  test('P7: a replica gives slow headers up after a minute, slow bodies after five, and what does not move after 75 s', () => {
    const server = createHttpServer(
      async () => undefined,
      () => false,
      147_456,
      () => undefined,
    );
    expect(server).toMatchObject({ headersTimeout: 60_000, requestTimeout: 300_000, timeout: 75_000 });
  });

  test('P7: nginx ends every slow header and body by itself, and takes nothing of them', {
    timeout: LIMIT_MS,
  }, async () => {
    const mark = hostile.mark();
    const [atNginx] = hostile.slow as [SlowClients];
    await until('all of them are ended', () => atNginx.open === 0);
    for (const answer of atNginx.answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    await hostile.expectOnly(mark, []);
  });

  test('S6, R2: bystanders have had their own messages once, in order, and over one connection', async () => {
    await hostile.expectUnnoticed();
  });
});
