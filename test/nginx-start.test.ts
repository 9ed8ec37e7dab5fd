// How nginx is started in Compose: settings that would end up in its configuration are looked at first, and what it says
// while it runs holds no secret.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startNginx } from './support/nginx.ts';
import { RawConnection } from './support/raw-connection.ts';
import { freePort } from './support/redis.ts';
import { describeWith } from './support/tools.ts';
import { until } from './support/until.ts';

/** Why it does not start. */
function refusal(settings: Readonly<Record<string, string>>): Promise<string> {
  return startNginx([], undefined, settings).then(
    async (nginx) => {
      await nginx.stop();
      return 'it has started';
    },
    (error: Error) => error.message.replace('nginx has ended: ', ''),
  );
}

describeWith(['nginx'], 'the start of nginx', () => {
  test.each([
    '*',
    'app.example.org',
    'https://app.example.org/',
    'https://app.example.org/path',
    'https://*.example.org',
    'https://a.example "";}',
    'https://user@a.example',
    'null',
  ])('Settings: CORS_ORIGINS=%j stops it with one line that says what to change', async (origins) => {
    const reason = await refusal({ CORS_ORIGINS: `https://app.example.org,${origins}` });
    expect(reason).toMatch(/^nginx: CORS_ORIGINS must be origins such as https:.* not ".*"\n$/);
    expect(reason.match(/\n/g)).toHaveLength(1);
  });

  test('Settings: a certificate without its key stops it with one line that says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fanfare-certificate-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'fullchain.pem'), '');
    const key = join(folder, 'privkey.pem');
    expect(await refusal({ CERTIFICATE: folder })).toMatch(new RegExp(`^nginx: the key ${key} cannot be read.*\n$`));
  });

  test('Security: neither log holds a query, a cookie or a token, where all goes wrong too', async () => {
    const nginx = await startNginx([`http://127.0.0.1:${await freePort()}`], undefined, {});
    onTestFinished(() => nginx.stop());
    const headers = {
      Authorization: 'Bearer secret-a',
      Cookie: 'fanfare_token=secret-b',
      Referer: 'http://a/?secret-c',
    };
    await fetch(`${nginx.url}/stream?ticket=secret-d`, { headers });
    const connection = await RawConnection.open(nginx.url);
    onTestFinished(() => connection.close());
    connection.send(
      'GET /stream?a="&b=",c:"d&ticket=secret-e" HTTP/1.1\r\nHost: h\r\nReferer: http://a/?b c secret-f\r\n\r\n',
    );
    await connection.has('retry:');
    await until('it is in both logs', async () => {
      const logged = (await nginx.requests()).filter(({ path, upstream }) => path === '/stream' && upstream !== '');
      return logged.length === 2 && nginx.errors().split('GET /stream?… HTTP/1.1').length > 2;
    });
    expect(nginx.errors()).toContain('Connection refused');
    expect(nginx.errors() + JSON.stringify(await nginx.requests())).not.toContain('secret');
  });
});
