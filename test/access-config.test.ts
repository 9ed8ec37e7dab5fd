// Who may publish and listen, as the environment says it: what is open by default, and keys that do not fit.

import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { AccessConfig, Openness } from '../src/access/access-config.ts';
import { ConfigError, readConfig, shown } from '../src/config.ts';
import { withSecretFiles } from '../src/secret-files.ts';
import type { Environment } from '../src/settings.ts';
import { fault } from './support/config-fault.ts';

const SECRET = 'a secret of thirty-two bytes, at least';
const pem = (key: { export(options: { type: 'spki'; format: 'pem' }): string | Buffer }) =>
  String(key.export({ type: 'spki', format: 'pem' }));
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');

function access(env: Environment): AccessConfig {
  return readConfig(env, 'host').access;
}

describe('what is open to everybody', () => {
  test.each<[Environment, publish: Openness, subscribe: Openness]>([
    [{}, 'here', 'here'],
    [{ HOST: '::1' }, 'here', 'here'],
    [{ HOST: 'localhost' }, 'here', 'here'],
    [{ HOST: '0.0.0.0', PUBLISHED_ADDRESS: '127.0.0.1' }, 'here', 'here'],
    [{ HOST: '0.0.0.0', PUBLISHED_ADDRESS: '127.0.0.1,::1' }, 'here', 'here'],
    [{ AUTH_JWT_SECRET: SECRET }, 'closed', 'closed'],
    [{ AUTH_JWT_SECRET: SECRET, HOST: '0.0.0.0' }, 'closed', 'closed'],
    [{ AUTH_JWT_SECRET: SECRET, ANONYMOUS_SUBSCRIBE: 'true' }, 'closed', 'everybody'],
    [{ HOST: '0.0.0.0', ANONYMOUS_SUBSCRIBE: 'true' }, 'closed', 'everybody'],
    [{ HOST: '0.0.0.0', ANONYMOUS_SUBSCRIBE: 'true', ANONYMOUS_PUBLISH: 'true' }, 'everybody', 'everybody'],
    [{ ANONYMOUS_PUBLISH: 'true' }, 'everybody', 'here'],
    [{ ANONYMOUS_PUBLISH: 'false' }, 'closed', 'here'],
  ])('A1: with %j', (env, publish, subscribe) => {
    expect(access(env).anonymous).toEqual({ publish, subscribe });
  });

  test.each<Environment>([
    { HOST: '0.0.0.0' },
    { HOST: '::' },
    { HOST: '10.0.0.1' },
    { PUBLISHED_ADDRESS: 'example.org' },
    { HOST: '0.0.0.0', PUBLISHED_ADDRESS: '0.0.0.0' },
    { HOST: '127.example.org' },
    { PUBLISHED_ADDRESS: '127.0.0.1,0.0.0.0' },
  ])('A1: the start is refused with %j alone, and it is said what to set', (env) => {
    expect(fault(env)).toMatch(/others can reach this server.* set AUTH_JWT_SECRET.*ANONYMOUS_SUBSCRIBE/);
  });
});

describe('keys', () => {
  test.each<[Environment, algorithm: string]>([
    [{ AUTH_JWT_SECRET: SECRET }, 'HS256'],
    [{ AUTH_JWT_SECRET: SECRET.repeat(2), AUTH_JWT_ALGORITHM: 'HS512' }, 'HS512'],
    [{ AUTH_JWT_PUBLIC_KEY: pem(rsa.publicKey) }, 'RS256'],
    [{ AUTH_JWT_PUBLIC_KEY: pem(rsa.publicKey), AUTH_JWT_ALGORITHM: 'PS384' }, 'PS384'],
    [{ AUTH_JWT_PUBLIC_KEY: pem(ec.publicKey).replaceAll('\n', '\\n') }, 'ES256'],
    [{ AUTH_JWT_PUBLIC_KEY: pem(ed.publicKey) }, 'EdDSA'],
    [{ AUTH_JWKS_URL: 'https://issuer.example/jwks.json' }, 'RS256'],
    [{ AUTH_JWKS_URL: 'https://issuer.example/jwks.json', AUTH_JWT_ALGORITHM: 'EdDSA' }, 'EdDSA'],
  ])('A2: %j', (env, algorithm) => {
    expect(access(env).key?.algorithm).toBe(algorithm);
  });

  const privateKey = String(ec.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  test.each<[Environment, wanted: string]>([
    [{ AUTH_JWT_SECRET: 'short' }, 'at least 32 bytes'],
    [{ AUTH_JWT_SECRET: SECRET, AUTH_JWT_ALGORITHM: 'HS512' }, 'at least 64 bytes'],
    [{ AUTH_JWT_SECRET: SECRET, AUTH_JWT_ALGORITHM: 'RS256' }, 'does not go with a secret'],
    [{ AUTH_JWT_SECRET: SECRET, AUTH_JWT_ALGORITHM: 'none' }, 'does not go with a secret'],
    [{ AUTH_JWT_PUBLIC_KEY: 'PEM' }, 'a public key in PEM'],
    [{ AUTH_JWT_PUBLIC_KEY: privateKey }, 'a public key in PEM'],
    [{ AUTH_JWT_PUBLIC_KEY: pem(ec.publicKey), AUTH_JWT_ALGORITHM: 'HS256' }, 'set it to ES256'],
    [{ AUTH_JWT_PUBLIC_KEY: pem(rsa.publicKey), AUTH_JWT_ALGORITHM: 'HS256' }, 'does not go with this key'],
    [{ AUTH_JWKS_URL: 'ftp://issuer.example' }, 'an http(s) URL'],
    [{ AUTH_JWKS_URL: 'https://issuer.example', AUTH_JWT_ALGORITHM: 'HS256' }, 'does not go with a key set'],
    [{ AUTH_JWT_SECRET: SECRET, AUTH_JWKS_URL: 'https://issuer.example' }, 'tokens have one key'],
    [{ AUTH_JWT_ALGORITHM: 'HS256' }, 'and no key'],
  ])('A2: %j is refused', (env, wanted) => {
    const message = fault(env);
    expect(message).toContain(wanted);
    expect(message).not.toContain('\n');
    for (const secret of ['short', SECRET, privateKey]) expect(message).not.toContain(secret);
  });

  test('A2: no secret is in what the log shows of the settings', () => {
    const config = readConfig({ AUTH_JWT_SECRET: SECRET, REDIS_URL: 'redis://r', REDIS_PASSWORD: 'hush-hush' }, 'host');
    const text = JSON.stringify(shown(config));
    expect(text).toContain('"tokens":"HS256"');
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('hush-hush');
  });
});

describe('origins', () => {
  test('A9: a list of origins', () => {
    const env = { CORS_ORIGINS: 'https://example.org, http://localhost:5173' };
    expect(access(env).corsOrigins).toEqual(['https://example.org', 'http://localhost:5173']);
  });

  test.each([
    '*',
    'https://example.org/',
    'example.org',
    'https://EXAMPLE.org',
    'https://example.org:443',
    'null',
    ',',
  ])('A9: %s is no list of origins', (text) => {
    expect(fault({ CORS_ORIGINS: text })).toMatch(/^CORS_ORIGINS must be origins such as/);
  });
});

describe('secrets in files', () => {
  const files: Readonly<Record<string, string>> = { '/secret': `${SECRET}\n`, '/empty': '\n' };
  const read = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error(`no such file: ${path}`);
    return text;
  };

  test('the value is what the file holds, without its last line end', () => {
    const env = withSecretFiles({ AUTH_JWT_SECRET_FILE: '/secret', REDIS_PASSWORD_FILE: '/secret', PORT: '1' }, read);
    expect(env).toMatchObject({ AUTH_JWT_SECRET: SECRET, REDIS_PASSWORD: SECRET, PORT: '1' });
  });

  test.each([
    [{ REDIS_PASSWORD_FILE: '/none' }, 'REDIS_PASSWORD_FILE names a file that cannot be read: no such file: /none'],
    [{ REDIS_PASSWORD_FILE: '/empty' }, 'REDIS_PASSWORD_FILE names a file that is empty: /empty'],
    [{ REDIS_PASSWORD_FILE: '/secret', REDIS_PASSWORD: 'a' }, 'are both set: unset one of them'],
  ])('%j is refused', (env, wanted) => {
    expect(() => withSecretFiles(env, read)).toThrow(wanted);
    expect(() => withSecretFiles(env, read)).toThrow(ConfigError);
  });
});
