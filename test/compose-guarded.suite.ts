// What the stack keeps to itself: what its containers may do, who reaches Redis, and where passwords are.

import { expect, test } from 'vitest';
import type { ComposeStack } from './support/compose.ts';

export function guardedTests(stack: () => ComposeStack): void {
  test('Compose: containers run without root, without capabilities and on a file system that they cannot write', async () => {
    const format = '{{json .HostConfig}} {{json .Config.User}}';
    // With those that have done their work and ended.
    const all = (await stack().compose('ps', '--all', '--quiet')).split('\n');
    expect(all).toHaveLength(14);
    for (const id of all) {
      const [host, user] = (await stack().docker('inspect', '--format', format, id)).split(/ (?="[^"]*"$)/);
      const hardened = { ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'] };
      expect(JSON.parse(host as string)).toMatchObject(hardened);
      expect(user).toMatch(/^"(?!0|root).+"$/);
    }
    // The exporters' images have nothing to look with.
    for (const id of await stack().containers('app', 'nginx', 'tls', 'redis', 'prometheus', 'grafana')) {
      const status = await stack().docker('exec', id, 'cat', '/proc/1/status');
      expect(status).toMatch(/^Uid:\s+[1-9]/m);
      expect(status).toMatch(/^CapEff:\s+0+$/m);
      expect(status).toMatch(/^CapBnd:\s+0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    }
  });

  test('Security: Redis is reached over a network that leads nowhere, and by those alone who need it', async () => {
    const networks = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}';
    const [redis] = await stack().containers('redis');
    const bus = `${stack().project}_bus`;
    expect(await stack().docker('inspect', '--format', networks, redis as string)).toBe(bus);
    expect(await stack().docker('network', 'inspect', '--format', '{{.Internal}}', bus)).toBe('true');
    const reach = (service: string) =>
      stack().exec(service, 'bash', '-c', 'exec 3<>/dev/tcp/redis/6379 && echo reached');
    expect(await reach('app')).toBe('reached');
    for (const service of ['nginx', 'tls', 'prometheus', 'grafana']) await expect(reach(service)).rejects.toThrow();
  });

  test('Security: passwords stand in no environment and no log, stay the same, and each is seen by its user alone', async () => {
    const password = await stack().exec('app', 'cat', '/run/redis/password');
    const operator = await stack().exec('redis', 'cat', '/secrets/operator');
    for (const secret of [password, operator]) expect(secret).toMatch(/^[0-9a-f]{64}$/);
    await stack().compose('run', '--rm', 'passwords');
    expect(await stack().exec('app', 'cat', '/run/redis/password')).toBe(password);
    const ids = (await stack().compose('ps', '--all', '--quiet')).split('\n');
    const shown = (await stack().docker('inspect', ...ids)) + (await stack().compose('logs'));
    for (const secret of [password, operator]) expect(shown).not.toContain(secret);
    expect(await stack().exec('app', 'ls', '/run/redis')).toBe('password');
    expect(
      await stack()
        .exec('redis', 'grep', '--count', password, '-r', '/secrets', '/tmp')
        .catch(() => 'none'),
    ).toBe('none');
  });

  test('Security: Redis refuses who has no name, and has had nothing to refuse to the others', async () => {
    expect(await stack().exec('redis', 'redis-cli', 'ping')).toContain('NOAUTH');
    expect(await stack().exec('redis', '/etc/redis/cli', 'acl', 'log')).toBe('');
    const clients = await stack().exec('redis', '/etc/redis/cli', 'client', 'list');
    expect([...new Set([...clients.matchAll(/ user=(\S+)/g)].map(([, user]) => user))].toSorted()).toEqual([
      'fanfare',
      'operator',
    ]);
  });
}
