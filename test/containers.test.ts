// What docker-compose.yml and the Dockerfiles promise of every container, read from them: so that it also holds for those
// that no other test starts.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile?: string; readonly target?: string };
  readonly user?: string;
  readonly networks?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly volumes?: readonly string[];
}

interface Stack {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
}

// Whose images bring a user of their own, who is not root. The tests of the running stack see it.
const USER_OF_IMAGE = ['prometheus', 'redis-exporter', 'nginx-exporter', 'grafana'];
// What Compose decides itself: the image's own places, names that are each container's, and passwords, which come in files.
const NOT_PASSED_ON = ['HOST', 'PORT', 'METRICS_PORT', 'REPLICA', 'REDIS_PASSWORD'];
// Of a load test, given where it is started.
const NOT_FROM_ENV_FILE = ['TARGET', 'PROMETHEUS'];

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(`${ROOT}/${file}`, 'utf8');
const stack = parse(read('docker-compose.yml'), { merge: true }) as Stack;
const services = Object.entries(stack.services);
const dockerfiles = globSync('{Dockerfile,{deploy,load}/**/Dockerfile}', { cwd: ROOT });

/** The stages of a Dockerfile: what each is made from, and as whom it runs. */
function stages(dockerfile: string): readonly { name: string; from: string; user: string | undefined }[] {
  return read(dockerfile)
    .split(/^(?=FROM )/m)
    .slice(1)
    .map((stage) => {
      const [, from = '', name = ''] = /^FROM (\S+)(?: AS (\S+))?$/m.exec(stage) ?? [];
      return { name, from, user: [...stage.matchAll(/^USER (\S+)$/gm)].at(-1)?.[1] };
    });
}

/** As whom a service runs; undefined where only its image knows. */
function userOf({ user, build }: Service): string | undefined {
  if (user !== undefined || build === undefined) return user;
  const { context, dockerfile = 'Dockerfile', target } = typeof build === 'string' ? { context: build } : build;
  const all = stages(`${context}/${dockerfile}`.replace(/^\.\//, ''));
  return (target === undefined ? all.at(-1) : all.find(({ name }) => name === target))?.user;
}

describe('containers', () => {
  test('Security: images have a tag that is a version', () => {
    const made = dockerfiles.flatMap((file) => stages(file).map(({ from }) => from));
    const used = services.flatMap(([, { image }]) => (image === undefined ? [] : [image]));
    expect(made.length).toBeGreaterThan(4);
    for (const image of [...made, ...used]) expect(image).toMatch(/^[\w./-]+:(?!latest)[\w.-]+$/);
  });

  test.each(services)('Security: %s can write nothing but what it is given, and gain no rights', (_, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    for (const key of ['privileged', 'cap_add', 'devices', 'pid', 'ipc', 'userns_mode'])
      expect(service).not.toHaveProperty(key);
    expect(service).not.toHaveProperty('network_mode', 'host');
    for (const volume of service.volumes ?? []) expect(volume).not.toContain('docker.sock');
  });

  test('Security: none runs as root', () => {
    const unknown: string[] = [];
    for (const [name, service] of services) {
      const user = userOf(service);
      if (user === undefined) unknown.push(name);
      else expect(user, name).not.toMatch(/^(root|0)(:|$)/);
    }
    expect(unknown.toSorted()).toEqual(USER_OF_IMAGE.toSorted());
  });

  test('Security: Redis is on the internal network alone, and beside it only who talks to it', () => {
    expect(stack.networks['bus']).toEqual({ internal: true });
    expect(stack.services['redis']?.networks).toEqual(['bus']);
    const beside = services.filter(([, { networks }]) => networks?.includes('bus')).map(([name]) => name);
    expect(beside.toSorted()).toEqual(['app', 'redis', 'redis-exporter']);
  });

  test.each([
    ['redis-users', 'passwords', 'redis'],
    ['app-password', 'passwords', 'app'],
    ['exporter-password', 'passwords', 'redis-exporter'],
    ['certificate', 'certificate', 'tls'],
  ])('Security: %s is written by %s, read by %s, and seen by nobody else', (volume, writer, reader) => {
    const mounted = services.flatMap(([name, { volumes = [] }]) =>
      volumes.filter((each) => each.includes(volume)).map((each) => [name, each.endsWith(':ro')]),
    );
    expect(Object.fromEntries(mounted)).toEqual({ [writer]: false, [reader]: true });
  });

  test('Settings: Compose passes every setting of the README on to the replicas', () => {
    const [, table = ''] = read('README.md').split(/^## Settings$/m);
    const rows = table.split('\n').filter((line) => line.startsWith('| `'));
    const settings = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(settings.length).toBeGreaterThan(15);
    const passed = Object.keys(stack.services['app']?.environment ?? {});
    const lacking = settings.filter((name) => !passed.includes(String(name)) && !NOT_PASSED_ON.includes(String(name)));
    expect(lacking).toEqual([]);
  });

  test('Settings: .env.example has every setting that Compose takes from .env', () => {
    const taken = [...read('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map(([, name]) => String(name));
    const explained = [...read('.env.example').matchAll(/^# (\w+)=/gm)].map(([, name]) => name);
    expect(explained.length).toBeGreaterThan(30);
    const lacking = taken.filter((name) => !explained.includes(name) && !NOT_FROM_ENV_FILE.includes(name));
    expect(lacking).toEqual([]);
  });
});
