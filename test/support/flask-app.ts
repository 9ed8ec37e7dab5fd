// A real Flask app with the real flask_sse, under gunicorn with gevent workers, as its documentation has it run.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { accepts } from './nginx.ts';
import { FLASK } from './python.ts';
import { freePort } from './redis.ts';
import { until } from './until.ts';

export interface FlaskApp {
  readonly url: string;
  /** Of gunicorn's master, whose children are the workers. */
  readonly pid: number;
  /** Posts a form, and expects that it is taken. */
  post(path: string, form: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
}

const FOLDER = fileURLToPath(new URL('../flask', import.meta.url));

/** @param redisUrl where it publishes */
export async function startFlaskApp(redisUrl: string): Promise<FlaskApp> {
  const port = await freePort();
  const words = ['-m', 'gunicorn', '--worker-class', 'gevent', '--bind', `127.0.0.1:${port}`, '--no-control-socket'];
  const child = spawn(FLASK.python, [...words, '--worker-connections', '10000', 'app:app'], {
    cwd: FOLDER,
    env: { ...process.env, REDIS_URL: redisUrl, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = once(child, 'close');
  const stop = async () => {
    // At once: a stream would hold up a graceful end.
    child.kill('SIGQUIT');
    await ended;
  };
  const url = `http://127.0.0.1:${port}`;
  await until('the Flask app accepts connections', async () => {
    if (child.exitCode !== null) throw new Error(`gunicorn has ended: ${errors}`);
    return accepts(port);
  });
  async function post(path: string, form: Record<string, string>): Promise<void> {
    const answer = await fetch(url + path, { method: 'POST', body: new URLSearchParams(form) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${errors}`);
    await answer.text();
  }
  return { url, pid: child.pid as number, post, stop };
}
