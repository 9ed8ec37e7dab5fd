// Redis over TLS (rediss://): a replica talks to a server whose certificate it can check, and to no other.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { publish } from './support/publisher.ts';
import { type RedisServer, startRedis } from './support/redis.ts';
import { ReplicaProcess } from './support/replica.ts';
import { Subscriber } from './support/subscriber.ts';
import { describeWith, program } from './support/tools.ts';
import { until } from './support/until.ts';

describeWith(['redis-server', 'openssl'], 'Redis over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-tls-'));
  const file = (name: string) => join(folder, name);
  let redis: RedisServer;

  const openssl = (...words: string[]) => execFileSync(program('openssl'), words, { cwd: folder, stdio: 'pipe' });
  const elliptic = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

  function makeAuthority(name: string): void {
    openssl('req', '-x509', ...elliptic, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.pem`);
  }

  beforeAll(async () => {
    makeAuthority('ours');
    makeAuthority('another');
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    openssl('req', ...elliptic, '-subj', '/CN=redis', ...names, '-keyout', 'redis.key', '-out', 'redis.csr');
    const signed = ['-in', 'redis.csr', '-copy_extensions', 'copy', '-out', 'redis.pem'];
    openssl('x509', '-req', ...signed, '-CA', 'ours.pem', '-CAkey', 'ours.key', '-CAcreateserial');
    const guarded = ['--port', '0', '--tls-auth-clients', 'no', '--requirepass', 'pass'];
    const files = ['--tls-cert-file', file('redis.pem'), '--tls-key-file', file('redis.key')];
    redis = await startRedis([...guarded, ...files, '--tls-ca-cert-file', file('ours.pem')], undefined, {
      launch: (settings) => spawn(program('redis-server'), settings, { stdio: 'ignore' }),
      port: 'tls-port',
      client: { password: 'pass', tls: { ca: readFileSync(file('ours.pem')) } },
    });
  });

  afterAll(async () => {
    await redis?.end();
    rmSync(folder, { recursive: true });
  });

  function replica(host: string, authority?: string): ReplicaProcess {
    const trusted = authority === undefined ? {} : { NODE_EXTRA_CA_CERTS: file(`${authority}.pem`) };
    const started = new ReplicaProcess({ REDIS_URL: `rediss://:pass@${host}:${redis.port}`, ...trusted });
    onTestFinished(() => started.stop());
    return started;
  }

  test('Security: a replica that knows the authority publishes, hears, and comes back after a restart', async () => {
    const { url } = await replica('127.0.0.1', 'ours').addresses();
    const ready = () => until('the replica is ready', async () => (await fetch(`${url}/readyz`)).ok);
    await ready();
    const stream = await Subscriber.open(url);
    onTestFinished(() => stream.close());
    await stream.next();
    const id = await publish(url, { message: 'over TLS' });
    expect(await stream.next()).toEqual({ id, event: 'message', data: 'over TLS' });
    await redis.stop();
    await redis.start();
    await ready();
    const again = await publish(url, { message: 'again' });
    await stream.takeUntil((event) => event.id === again);
  });

  test.each([
    ['the certificate of an authority that it does not know', '127.0.0.1', undefined, 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['one that another authority has not made', '127.0.0.1', 'another', 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['one for another name', 'localhost', 'ours', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('Security: a replica refuses %s, and its log says why', async (_, host, authority, reason) => {
    const refusing = replica(host, authority);
    const { url } = await refusing.addresses();
    const told = () => refusing.logged.filter(({ msg }) => String(msg).startsWith('no connection to Redis'));
    await until('both connections have been refused', () => told().length === 2);
    expect(told().map((line) => line['reason'])).toEqual([reason, reason]);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect(refusing.stdout).not.toContain('pass@');
  });
});
