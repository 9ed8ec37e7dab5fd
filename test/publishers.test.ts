// The publishers that README shows, run as they stand there: each gets its message into the log once, though the first
// answer to it is lost.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { type RunningReplica, startReplica } from './support/replica.ts';
import { Subscriber } from './support/subscriber.ts';
import { describeWith, type Tool } from './support/tools.ts';

const README = new URL('../README.md', import.meta.url);
// Go compiles before it runs.
const LONGEST_MS = 180_000;

interface Language {
  readonly title: string;
  /** As README marks its block. */
  readonly mark: string;
  readonly tools: readonly Tool[];
  /** The program and what stands before the file. */
  readonly command: readonly [string, ...string[]];
}

const LANGUAGES: readonly Language[] = [
  { title: 'TypeScript', mark: 'ts', tools: [], command: [process.execPath] },
  { title: 'curl', mark: 'sh', tools: ['curl'], command: ['sh'] },
  { title: 'Python', mark: 'python', tools: ['python3'], command: ['python3'] },
  { title: 'Go', mark: 'go', tools: ['go'], command: ['go', 'run'] },
];

async function snippet(mark: string): Promise<string> {
  const [, section = ''] = (await readFile(README, 'utf8')).split(/^## Clients$/m);
  const found = new RegExp(`^\`\`\`${mark}\n(.*?)^\`\`\`$`, 'ms').exec(section.split(/^## /m)[0] as string);
  if (found === null) throw new Error(`README's section Clients has no block in ${mark}`);
  return found[1] as string;
}

/** How the first answer is lost, though the message has been taken. */
const LOSSES = {
  'the first answer is 503': (answer: ServerResponse) => void answer.writeHead(503).end(),
  'the connection ends before the first answer': (answer: ServerResponse) => void answer.destroy(),
} as const;

/** Passes requests on, and what is answered to all but the first. */
async function startForgetful(replica: RunningReplica, lose: (answer: ServerResponse) => void) {
  const keys: unknown[] = [];
  const server = createServer(async (asked, answer) => {
    keys.push(asked.headers['idempotency-key']);
    const passed = request(replica.url + asked.url, { method: 'POST', headers: asked.headers });
    passed.end(await text(asked));
    const [response] = (await once(passed, 'response')) as [IncomingMessage];
    const body = await text(response);
    if (keys.length === 1) lose(answer);
    else answer.writeHead(response.statusCode as number).end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, keys };
}

async function run({ mark, command: [program, ...words] }: Language, url: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-publisher-'));
  try {
    const file = join(folder, `publish.${mark}`);
    await writeFile(file, await snippet(mark));
    const env = { ...process.env, FANFARE_URL: url };
    return (await promisify(execFile)(program, [...words, file], { env })).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

for (const language of LANGUAGES) {
  describeWith(language.tools, `README's publisher in ${language.title}`, () => {
    test.each(Object.entries(LOSSES))(
      'P4, P5: its message is in the log once, though %s',
      async (_how, lose) => {
        const replica = await startReplica();
        onTestFinished(() => replica.stop());
        const stream = await Subscriber.open(replica.url, { query: 'channel=orders' });
        onTestFinished(() => stream.close());
        expect(await stream.next()).toMatchObject({ event: 'fanfare:open' });
        const { url, keys } = await startForgetful(replica, lose);
        const told = await run(language, url);
        const event = await stream.next();
        expect(event).toMatchObject({ event: 'paid', data: '{"order":17}' });
        expect(told).toContain(event.id);
        expect(keys).toEqual([keys[0], keys[0]]);
        expect(String(keys[0])).toMatch(/^[\x21-\x7e]+$/);
        expect(stream.text.match(/event: paid/g)).toHaveLength(1);
      },
      LONGEST_MS,
    );
  });
}
