import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { settingsOf } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { messageOf } from '../../src/support/ci-error.ts';
import { tempDir } from '../support/temp.ts';

async function load(yaml: string) {
  await using dir = await tempDir();
  await writeFile(join(dir.path, 'signalbox.yml'), yaml);
  return { folder: dir.path, config: await loadConfig({ flags: { home: dir.path }, env: {}, cwd: dir.path }) };
}

async function refusal(yaml: string): Promise<string> {
  const error = await load(yaml).catch((thrown: unknown) => thrown);
  return messageOf(error).replace(/^.*\/(signalbox\.yml)/, '$1');
}

describe('rules', () => {
  test('the example of the documentation is taken', async () => {
    const { config } = await load(`
repositories:
  acme/app:
    notify: [{ mail: ada@example.org, on: [broken, fixed] }]
mail: { smtp: smtp://127.0.0.1:25, from: ci@example.org }
`);
    expect(settingsOf(config, 'acme/app').notify).toEqual([
      {
        target: { kind: 'mail', to: ['ada@example.org'] },
        ...{ on: ['broken', 'fixed'], branches: null, quiet: null, digest: null, perHour: 60 },
      },
    ]);
    expect(config.mail).toMatchObject({ smtp: 'smtp://127.0.0.1:25', from: 'ci@example.org', starttls: 'auto' });
    expect(config.notices).toEqual([]);
  });

  test('everything that can be said is understood, with files relative to the folder of the file', async () => {
    const { config, folder } = await load(`
defaults:
  notify:
    - { mail: [author, owners, b@example.org], on: always, branches: [main, 'release/**'] }
    - { slack: https://hooks.slack.com/services/T/B/x, quiet: { from: "22:00", to: "07:30", timezone: Europe/Berlin } }
    - { teams: { url_file: teams.url }, digest: { at: "08:05", timezone: UTC } }
    - { webhook: http://127.0.0.1:9/hook, secret_file: hook.secret, digest: hourly, per_hour: 5 }
mail:
  smtp: smtps://ci%40example.org:p%2Fw@mail.example.org:465
  from: Signalbox <ci@example.org>
  only: '*@example.org'
  people: { '@Ada': ada@example.org, '@acme/core': [a@example.org, b@example.org] }
`);
    const [mail, slack, teams, webhook] = settingsOf(config, 'any/one').notify;
    expect([mail?.perHour, webhook?.perHour]).toEqual([60, 5]);
    expect(mail).toMatchObject({ on: ['always'], branches: ['main', 'release/**'] });
    expect(slack).toMatchObject({
      target: { kind: 'slack', address: { url: 'https://hooks.slack.com/services/T/B/x' } },
      on: ['broken', 'fixed', 'error'],
      quiet: { from: 1320, to: 450, timezone: 'Europe/Berlin' },
    });
    expect(teams).toMatchObject({
      target: { kind: 'teams', address: { file: join(folder, 'teams.url') } },
      digest: { minutes: 485, timezone: 'UTC' },
    });
    expect(webhook).toMatchObject({ target: { secretFile: join(folder, 'hook.secret') }, digest: 'hourly' });
    expect(config.mail).toMatchObject({
      smtp: 'smtps://mail.example.org:465',
      user: 'ci@example.org',
      password: 'p/w',
    });
    expect(config.mail?.people.get('@ada')).toEqual(['ada@example.org']);
  });

  test('a repository with rules of its own has those alone', async () => {
    const { config } = await load(`
defaults: { notify: [{ slack: https://a.example.org/x }] }
repositories: { acme/app: { notify: [] } }
`);
    expect(settingsOf(config, 'acme/app').notify).toEqual([]);
    expect(settingsOf(config, 'acme/other').notify).toHaveLength(1);
  });

  test('mail without a section "mail" is told at the start', async () => {
    const { config } = await load('defaults: { notify: [{ mail: author }] }\n');
    expect(config.notices).toEqual([expect.stringMatching(/defaults\.notify name mail addresses.*no section "mail"/)]);
  });
});

describe('what cannot be is refused with its place', () => {
  test.each([
    ['defaults: { notify: [{ on: [broken] }] }', /^signalbox\.yml:1:22: defaults\.notify\.0 is .*exactly one of mail/],
    ['defaults: { notify: [{ slack: https://a/x, teams: https://b/x }] }', /exactly one of mail, slack/],
    ['defaults: { notify: [{ mial: a@b }] }', /^signalbox\.yml:1:24: unknown key "mial".*did you mean "mail"/],
    ['defaults: { notify: [{ mail: "a@b\\r\\nBcc: c@d" }] }', /it must be a mail address, "author" or "owners"/],
    ['defaults: { notify: [{ mail: author, on: [brocken] }] }', /one of broken, fixed, still_failing/],
    ['defaults: { notify: [{ mail: author, digest: weekly }] }', /hourly, daily, or a time of the day/],
    ['defaults: { notify: [{ mail: author, quiet: { from: "25:00", to: "07:00" } }] }', /a time, like "22:00"/],
    ['defaults: { notify: [{ mail: author, quiet: { from: "22:00", to: "07:00", timezone: Bonn } }] }', /a time zone/],
    ['defaults: { notify: [{ mail: author, secret_file: x }] }', /nothing else is signed/],
    ['mail: { smtp: http://a, from: a@b }', /mail\.smtp is "http:\/\/a"; it must be a URL, like smtp/],
    ['mail: { smtp: smtp://a, from: "x\\ny <a@b>" }', /mail\.from is .*; it must be a mail address/],
  ])('%s', async (yaml, words) => {
    expect(await refusal(`${yaml}\n`)).toMatch(words);
  });

  test('the address of a chat, which is its secret, is not repeated', async () => {
    const said = await refusal(
      'defaults: { notify: [{ slack: https://hooks.slack.com/services/T0/B0/SECRET, teams: https://b.example/SECRET }] }\n',
    );
    expect(said).toContain('https://hooks.slack.com/...');
    expect(said).not.toContain('SECRET');
  });
});
