import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { settingsOf } from '../../src/config/config.ts';
import { hostToken } from '../../src/config/host-tokens.ts';
import { type ConfigFlags, loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/load-file.ts';
import { tempDir } from '../support/temp.ts';

async function load(yaml: string, flags: ConfigFlags = {}, env: NodeJS.ProcessEnv = {}) {
  await using dir = await tempDir();
  if (yaml !== '') await writeFile(join(dir.path, 'signalbox.yml'), yaml);
  return await loadConfig({ flags: { home: dir.path, ...flags }, env, cwd: dir.path });
}

async function refusal(yaml: string, flags: ConfigFlags = {}, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const error = await load(yaml, flags, env).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  return (error as Error).message.replace(/^.*\/(signalbox\.yml)/, '$1');
}

test('where the home is no folder the configuration does not complain; whoever makes the home does', async () => {
  await using dir = await tempDir();
  const home = join(dir.path, 'file');
  await writeFile(home, '');
  expect(await loadConfig({ flags: { home }, env: {}, cwd: dir.path })).toMatchObject({ home });
});

test('what cannot be a server of actions is refused', async () => {
  expect(await refusal('actions: { server: github.com }\n')).toMatch(
    /actions\.server is "github.com"; it must be a URL/,
  );
});

describe('where a value comes from', () => {
  test('without anything said, the defaults of the documentation hold', async () => {
    const config = await load('');
    expect(config.http).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(config.dispatcher).toEqual({ host: '127.0.0.1', port: 8888 });
    expect(config.runners).toBeGreaterThanOrEqual(2);
    expect(config.poll).toEqual({ localSeconds: 5, remoteSeconds: 60 });
    expect(config.logLevel).toBe('info');
    expect(config.defaults).toMatchObject({ policy: 'each', logLimitBytes: 100_000_000, timeoutMs: 3_600_000 });
    expect(config.notices).toEqual([]);
  });

  test('a flag beats the environment, which beats the file', async () => {
    const yaml = 'runners: 3\nhttp: 127.0.0.1:1\npoll: 7\n';
    const config = await load(yaml, { runners: '5' }, { SIGNALBOX_RUNNERS: '4', SIGNALBOX_HTTP: '127.0.0.1:2' });
    expect(config.runners).toBe(5);
    expect(config.http.port).toBe(2);
    expect(config.poll.localSeconds).toBe(7);
  });

  test('an empty variable counts as not set', async () => {
    const config = await load('runners: 3\n', {}, { SIGNALBOX_RUNNERS: '' });
    expect(config.runners).toBe(3);
  });

  test('a port alone means loopback, and an IPv6 address stands in brackets', async () => {
    const config = await load('http: 0\n', { dispatcher: '[::1]:99' });
    expect(config.http).toEqual({ host: '127.0.0.1', port: 0 });
    expect(config.dispatcher).toEqual({ host: '::1', port: 99 });
  });

  test('a repository has its own settings, and the defaults for the rest', async () => {
    const config = await load(`
defaults: { policy: latest, log_limit_mb: 2.5 }
repositories:
  acme/app:
    source: [https://github.com/acme/app.git, ../app]
    policy: each
    dir: ./services/api/
    env: { pass: FOO_HOME }
`);
    expect(settingsOf(config, 'acme/app')).toMatchObject({
      policy: 'each',
      logLimitBytes: 2_500_000,
      dir: 'services/api',
      envPass: ['FOO_HOME'],
    });
    expect(settingsOf(config, 'other/one').policy).toBe('latest');
    const [remote, local] = config.repositories.get('acme/app')?.sources ?? [];
    expect(remote).toBe('https://github.com/acme/app.git');
    expect(local).toBe(join(config.home, '../app'));
  });

  test('where actions come from, and what labels mean, can be said', async () => {
    const plain = await load('');
    expect(plain.actions).toEqual({ server: 'https://github.com', allow: [], pinned: false, nearestVersion: false });
    expect(plain.labels).toEqual({});
    const config = await load(`
actions: { server: https://git.example.org/, allow: acme/*, pinned: true, nearest_version: true }
labels: { windows-latest: skip, ubuntu-latest: [], big: large, gpu: [linux, gpu] }
`);
    const server = 'https://git.example.org';
    expect(config.actions).toEqual({ server, allow: ['acme/*'], pinned: true, nearestVersion: true });
    expect(config.labels).toEqual({
      'windows-latest': 'skip',
      'ubuntu-latest': [],
      big: ['large'],
      gpu: ['linux', 'gpu'],
    });
  });

  test('the file of the documentation is accepted, and what has no effect yet is named', async () => {
    const config = await load(`
http: 127.0.0.1:8080
public_url: https://ci.example.org
runners: 2
defaults: { policy: each, isolation: sandbox, reuse: off, log_limit_mb: 100, timeout_minutes: 60 }
repositories:
  acme/app:
    source: [https://github.com/acme/app.git, /home/ada/app]
    policy: each
    dir: services/api
    reports: [junit.xml]
    reuse: tree
    env: { pass: [FOO_HOME] }
    notify: [{ mail: ada@example.org, on: [broken, fixed] }]
mail: { smtp: smtp://127.0.0.1:25, from: ci@example.org }
github: { api: https://api.github.com, token_file: /etc/signalbox/github, allow: [acme/*], webhook_secret_file: /etc/signalbox/webhook }
`);
    expect(config.publicUrl).toBe('https://ci.example.org');
    expect(config.publicBadges).toBe(false);
    expect([settingsOf(config, 'acme/app').reuse, config.defaults.reuse]).toEqual(['tree', 'off']);
    const named = config.notices.map((notice) => /"(.*)"/.exec(notice)?.[1]);
    expect(named).toEqual(['defaults.isolation']);
  });
});

test('how long things are kept is said for all, and otherwise for some', async () => {
  const text = [
    'retention: { runs_days: 10, logs_gb: 2, events_days: forever }',
    'repositories:',
    '  acme/app: { retention: { logs_days: 3, runs_days: forever } }',
  ];
  const config = await load(text.join('\n'));
  const day = 86_400_000;
  expect(config.defaults.keep).toEqual({ runsMs: 10 * day, logsMs: 90 * day, reportsMs: 180 * day });
  expect(config.repositories.get('acme/app')?.keep).toEqual({
    ...{ runsMs: Number.POSITIVE_INFINITY, logsMs: 3 * day, reportsMs: 180 * day },
  });
  expect(config.retention).toMatchObject({
    logsBytes: 2e9,
    eventsMs: Number.POSITIVE_INFINITY,
    deliveriesMs: 30 * day,
  });
});

test('a collector of traces is named by the file, or by the variable of OpenTelemetry', async () => {
  const file = 'otel: { endpoint: http://127.0.0.1:4318 }';
  expect((await load(file)).otel.endpoint).toBe('http://127.0.0.1:4318');
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.org' };
  expect((await load(file, {}, env)).otel.endpoint).toBe('https://otel.example.org');
  expect((await load('')).otel.endpoint).toBeNull();
});

describe('what is refused', () => {
  test('an unknown key is named with its place and the nearest valid key', async () => {
    expect(await refusal('http: 8080\nruners: 2\n')).toMatch(
      /^signalbox\.yml:2:1: unknown key "runers"; did you mean "runners"\? valid are http, /,
    );
  });

  test('an unknown key deep in the file has its own place, and the keys that are valid there', async () => {
    const message = await refusal('repositories:\n  acme/app:\n    policy: each\n    tiemout_minutes: 5\n');
    expect(message).toMatch(/^signalbox\.yml:4:5: unknown key "tiemout_minutes" in repositories\.acme\/app; /);
    expect(message).toContain('did you mean "timeout_minutes"? valid are source, policy');
  });

  test('an unknown key near nothing gets the list alone', async () => {
    expect(await refusal('xyzzyplugh: 2\n')).toMatch(/unknown key "xyzzyplugh"; valid are http, /);
  });

  test.each([
    ['runners: many\n', 'signalbox.yml:1:10: runners is "many"; it must be a whole number from 0 to 1000'],
    ['runners: -1\n', 'signalbox.yml:1:10: runners is -1; it must be a whole number from 0 to 1000'],
    ['http: 127.0.0.1:99999\n', 'http is "127.0.0.1:99999"; it must be HOST:PORT, like 127.0.0.1:8080; port 0 takes'],
    ['retention: { runs_days: -4 }\n', 'retention.runs_days is -4; it must be a whole number of days from 1 to 36500'],
    ['retention: { logs_gb: 0 }\n', 'retention.logs_gb is 0; it must be gigabytes above 0 and up to 1000000'],
    ['poll: 0\n', 'poll is 0; it must be a number of seconds above 0 and up to 86400'],
    ['defaults:\n  policy: all\n', 'signalbox.yml:2:11: defaults.policy is "all"; it must be one of each, latest'],
    ['defaults: { dir: ../x }\n', 'defaults.dir is "../x"; it must be a folder relative to the root'],
    ['defaults: { env: { pass: [A-B] } }\n', 'signalbox.yml:1:27: defaults.env.pass.0 is "A-B"; it must be the name'],
    ['mail: { from: a@b }\n', 'signalbox.yml:1:7: mail.smtp is missing; it must be a URL, like smtp://127.0.0.1:25'],
    ['public_url: javascript:alert(1)\n', 'public_url is "javascript:alert(1)"; it must be a URL'],
    ['- a\n- b\n', 'the file is ["a","b"]; it must be a mapping of keys to values'],
    ['runners: null\n', 'runners is nothing; it must be a whole number'],
  ])('%j is refused with the value and what is accepted', async (yaml, message) => {
    expect(await refusal(yaml)).toContain(message);
  });

  test('of several mistakes the first in the file is told', async () => {
    expect(await refusal('http: x\nruners: 2\n')).toContain('signalbox.yml:1:7');
  });

  test('a file that is no YAML has a place too', async () => {
    expect(await refusal('http: 8080\nrunners: [1,\n')).toMatch(/^signalbox\.yml:\d+:\d+: this is not valid YAML: /);
  });

  test('a file whose aliases multiply is refused', async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`);
    expect(await refusal(`l0: &l0 [x]\n${levels.join('\n')}\n`)).toContain('alias');
  });

  test('a key named __proto__ is an unknown key like any other', async () => {
    expect(await refusal('__proto__: { runners: 1 }\n')).toContain('unknown key "__proto__"');
  });

  test('a bad flag is named as it was typed, a bad variable by its name', async () => {
    expect(await refusal('', { logLevel: 'loud' })).toMatch(/^--log-level is "loud"; it must be one of trace, debug/);
    expect(await refusal('', {}, { SIGNALBOX_RUNNERS: 'x' })).toMatch(/^SIGNALBOX_RUNNERS is "x"; it must be/);
  });

  test('a password in an address is not shown', async () => {
    const message = await refusal('', { database: 'mysql://ada:hidden@db/x' });
    expect(message).toMatch(/^--database is "mysql:\/\/\.\.\.@db\/x"; it must be a URL, like postgres/);
  });

  test.each([
    ['mysql://ada:hidden@db/x', 'DATABASE_URL begins with "mysql:"'],
    ['file:./dev.db', 'DATABASE_URL begins with "file:"'],
    ['hidden', 'DATABASE_URL is no URL'],
  ])('a DATABASE_URL of another program is passed over with a notice: %s', async (url, words) => {
    const { notices } = await load('', {}, { DATABASE_URL: url });
    expect(notices).toEqual([expect.stringContaining(words)]);
    expect(notices.join()).not.toContain('hidden');
  });

  test('a file that was named and is not there is an error', async () => {
    expect(await refusal('', { config: 'missing.yml' })).toMatch(/missing\.yml: cannot be read/);
  });
});

describe('the home folder', () => {
  const inRepository = async () => '/from/repository';

  test.each([
    ['the flag', { home: 'x' }, { SIGNALBOX_HOME: '/env' }, '/cwd/x'],
    ['the variable', {}, { SIGNALBOX_HOME: '/env' }, '/env'],
    ['the repository', {}, { XDG_STATE_HOME: '/xdg' }, '/from/repository'],
  ])('is named by %s first', async (_, flags, env, home) => {
    const config = await loadConfig({ flags, env, cwd: '/cwd', repositoryHome: inRepository });
    expect(config.home).toBe(home);
  });

  test('is in the XDG state folder otherwise', async () => {
    const sources = { flags: {}, cwd: '/cwd', repositoryHome: async () => undefined };
    const xdg = await loadConfig({ ...sources, env: { XDG_STATE_HOME: '/xdg', HOME: '/nowhere' } });
    expect(xdg.home).toBe('/xdg/signalbox');
    const plain = await loadConfig({ ...sources, env: { XDG_STATE_HOME: 'relative', HOME: '/nowhere' } });
    expect(plain.home).toBe('/nowhere/.local/state/signalbox');
  });
});

test('forges are put together with what is known of their kind, and paths are those of the file', async () => {
  await using home = await tempDir();
  const text = [
    'github: { allow: acme/*, webhook_secret_file: secrets/webhook }',
    'forges:',
    '  - { kind: github, api: https://ghe.example.org/api/v3 }',
    '  - { kind: gitea, url: https://git.example.org/, token_file: /etc/token }',
    '  - { kind: bitbucket_data_center, url: https://bb.example.org/ctx }',
  ].join('\n');
  await writeFile(join(home.path, 'signalbox.yml'), text);
  const { forges } = await loadConfig({ flags: { home: home.path }, env: {}, cwd: '/' });
  expect(forges.map(({ kind, url, api }) => [kind, url, api])).toEqual([
    ['github', 'https://github.com', 'https://api.github.com'],
    ['github', 'https://ghe.example.org', 'https://ghe.example.org/api/v3'],
    ['gitea', 'https://git.example.org', 'https://git.example.org/api/v1'],
    ['bitbucket_data_center', 'https://bb.example.org/ctx', 'https://bb.example.org/ctx/rest/api/latest'],
  ]);
  expect(forges[0]).toMatchObject({ allow: ['acme/*'], webhookSecretFile: join(home.path, 'secrets/webhook') });
  await writeFile(join(home.path, 'signalbox.yml'), 'forges: [{ kind: forgejo }]\n');
  const refused = loadConfig({ flags: { home: home.path }, env: {}, cwd: '/' });
  await expect(refused).rejects.toThrow(/forges\.0\.url is missing; it must be the URL of the forge/);
});

test('a token goes to the host that it is for, and to no other', async () => {
  await using dir = await tempDir();
  const tokenFile = join(dir.path, 'token');
  await writeFile(tokenFile, 'secret\n');
  const forge = {
    kind: 'gitlab',
    url: 'https://git.example.org/lab',
    api: '',
    tokenFile,
    user: null,
    hasStatuses: true,
    allow: [],
    webhookSecretFile: null,
  } as const;
  const tokenAt = async (source: string) => (await hostToken([forge], source))?.token;
  expect(await tokenAt('https://git.example.org/lab/acme/app.git')).toBe('secret');
  const others = [
    ...[
      'https://git.example.org.evil.example/lab/a/b',
      'https://git.example.org/other/a',
      'https://git.example.org/labs/a',
    ],
    ...[
      'http://git.example.org/lab/a/b',
      'https://git.example.org:8443/lab/a/b',
      'ssh://git.example.org/lab/a',
      '/lab/a',
    ],
    ...['https://git.example.org@evil.example/lab/a/b', 'https://git.example.org/lab/../x/a'],
  ];
  for (const other of others) expect(await tokenAt(other), other).toBeUndefined();
});
