// What a person who starts the server sees first.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { greeting } from '../src/greeting.ts';
import { ReplicaProcess } from './support/replica.ts';
import { describeWith, program } from './support/tools.ts';
import { until } from './support/until.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('Start: addresses are those that a browser can open', () => {
  expect(greeting('127.0.0.1', 3000)).toContain(' http://127.0.0.1:3000/live\n');
  for (const all of ['0.0.0.0', '::']) expect(greeting(all, 80)).toContain(' http://localhost:80/\n');
  expect(greeting('::1', 3000)).toContain(' http://[::1]:3000/\n');
});

test('Start: programs that read the log are told nothing but the log', async () => {
  const started = new ReplicaProcess();
  onTestFinished(() => started.stop());
  await started.addresses();
  started.signal('SIGINT');
  await started.exited;
  expect(started.stderr).toBe('');
  expect(started.logged.length).toBeGreaterThan(0);
});

describeWith(['script'], 'in a terminal', () => {
  test('Start: it is said in plain words where to go, and the page is there', async () => {
    const command = `"${process.execPath}" "${MAIN}"`;
    const child = spawn(program('script'), ['-qec', command, '/dev/null'], {
      env: { PORT: '0', METRICS_PORT: '0', REPLICA: 'child', PATH: process.env['PATH'] },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = once(child, 'close');
    onTestFinished(async () => {
      // As Control-C in the terminal.
      child.stdin.write('\x03');
      await ended;
    });
    await until('it is told', () => said.includes('Control-C ends it.'));
    const url = /Watch messages arrive: +(http:\S+\/live)\r?\n/.exec(said)?.[1];
    const page = await fetch(url as string);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  });
});
