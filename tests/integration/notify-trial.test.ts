import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { execute } from '../../src/cli/main.ts';
import { notificationsFor } from '../../src/cli/notify-api.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ownersFinder } from '../../src/reporter/notify/find-owners.ts';
import { createLogger } from '../../src/support/logger.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { apiRun } from '../support/notify.ts';
import { createRepository } from '../support/repository.ts';
import { startSmtp } from '../support/smtp.ts';
import { newRepository } from '../support/store.ts';
import { tempDir } from '../support/temp.ts';
import { startWeb } from '../support/web.ts';

/** A home with this configuration. */
async function homeWith(yaml: string) {
  const dir = await tempDir('signalbox-notify-');
  await writeFile(join(dir.path, 'signalbox.yml'), yaml);
  return dir;
}

/** Runs one command in this process; what it wrote and its exit code. */
async function signalbox(home: string, ...argv: string[]) {
  const written = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr') => ({ write: (text: string | Uint8Array) => (written[name] += text) });
  const terminal = new Terminal(into('stdout'), into('stderr'), {});
  const exitCode = await execute(argv, { terminal, env: { SIGNALBOX_HOME: home, PATH: process.env.PATH }, cwd: home });
  return { ...written, exitCode };
}

const RULES = 'defaults: { notify: [{ mail: [x@example.org, author] }, { slack: http://127.0.0.1:1/SECRET }] }\n';

test('signalbox notify lists the rules and tries them; one dead sink holds up no other, and is told in words', async () => {
  await using server = await startSmtp();
  await using home = await homeWith(`mail: { smtp: "${server.url}", from: ci@example.org }\n${RULES}`);
  const listed = await signalbox(home.path, 'notify');
  expect(listed.exitCode).toBe(0);
  expect(listed.stdout).toMatch(
    /defaults +1 +mail x@example.org, author .* at most 60 an hour\n.*slack at 127\.0\.0\.1:1/,
  );
  const tried = await signalbox(home.path, 'notify', '--test', '--repository', 'acme/app');
  expect(tried.exitCode).toBe(3);
  expect(tried.stdout).toMatch(/rule 1, mail x@example.org: sent\n.*mail author: not sent: .*--to/);
  expect(tried.stdout).toMatch(/rule 2, slack at 127\.0\.0\.1:1: not sent: .*ECONNREFUSED/);
  expect(listed.stdout + tried.stdout).not.toContain('SECRET');
  expect(server.mails.map(({ mail }) => mail.subject)).toEqual(['Test: [acme/app] main is broken: 1 test failed']);
  const one = await signalbox(home.path, 'notify', '--test', '--rule', '1', '--to', 'me@example.org', '--json');
  expect(one).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(one.stdout)).toMatchObject({ results: [{ rule: 1, to: 'mail me@example.org', sent: true }] });
});

test('signalbox notify lists when rules are told together, and when they are quiet', async () => {
  const quiet = 'quiet: { from: "22:00", to: "07:30", timezone: Europe/Berlin }';
  const rule = `{ mail: x@example.org, branches: [main], digest: hourly, ${quiet} }`;
  await using home = await homeWith(`defaults: { notify: [${rule}, { mail: y@example.org, digest: daily }] }\n`);
  const { stdout } = await signalbox(home.path, 'notify');
  expect(stdout).toMatch(/x@example\.org .* digest hourly +quiet 22:00 to 07:30 Europe\/Berlin /);
  expect(stdout).toMatch(/y@example\.org .* digest daily at 09:00 \S+ /);
  const { rules } = JSON.parse((await signalbox(home.path, 'notify', '--json')).stdout);
  expect(rules).toMatchObject([
    { branches: ['main'], digest: 'hourly', quiet: '22:00 to 07:30 Europe/Berlin' },
    { branches: null, digest: expect.stringMatching(/^daily at 09:00 /), quiet: null },
  ]);
});

test.each([
  [['--test'], 'defaults: {}\n', /there are no rules in .*signalbox.yml; one is/],
  [['--test', '--rule', '9'], RULES, /--rule is 9; "signalbox notify" lists/],
  [['--test', '--preview'], RULES, /name one of them/],
  [['--test', '--to', 'nobody'], RULES, /--to is "nobody"; it must be a mail address/],
  [['--preview', '--as', 'htlm'], RULES, /did you mean html/],
  [['--sink', 'nowhere:x'], RULES, /--sink is "nowhere:x"; it must be HOST:PORT/],
])('signalbox notify %j is refused in words', async (argv, yaml, words) => {
  await using home = await homeWith(yaml);
  const { exitCode, stderr } = await signalbox(home.path, 'notify', ...argv);
  expect(stderr).toMatch(words);
  expect(exitCode).toBe(2);
});

test('signalbox notify --sink on a port that is in use says so', async () => {
  await using server = await startSmtp();
  await using home = await homeWith('');
  const { exitCode, stderr } = await signalbox(home.path, 'notify', '--sink', server.url.slice('smtp://'.length));
  expect(stderr).toMatch(/another program has this port, .*choose another port/);
  expect(exitCode).toBe(2);
});

test('signalbox notify --preview prints what is sent', async () => {
  await using home = await homeWith('');
  expect((await signalbox(home.path, 'notify', '--preview')).stdout).toContain('main of local/sample is broken');
  const { stdout } = await signalbox(home.path, 'notify', '--preview', '--as', 'discord', '--on', 'fixed');
  expect(JSON.parse(stdout).embeds[0].title).toContain('green again');
});

test('the API shows the rules without what is secret, tries them, and shows what is sent', async () => {
  await using server = await startSmtp();
  await using home = await homeWith(
    `mail: { smtp: "smtp://ci:hidden@${server.url.slice(7)}", from: ci@example.org }\n${RULES}`,
  );
  const config = await loadConfig({ flags: { home: home.path }, env: {}, cwd: home.path });
  const notifications = notificationsFor(config, new ManualClock(), () => 'http://127.0.0.1:8080');
  await using web = await startWeb({ notifications });
  await web.store.addRepository(newRepository(), new Date());
  const name = newRepository().name;
  const listed = await web.ask('/api/notifications');
  expect(listed.json()).toMatchObject({
    mail: { smtp: server.url, from: 'ci@example.org', user: 'ci' },
    repositories: [
      {
        repository: name,
        own: false,
        rules: [{ number: 1, kind: 'mail', per_hour: 60 }, { to: 'slack at 127.0.0.1:1' }],
      },
    ],
  });
  expect(String(listed.body)).not.toMatch(/SECRET|hidden/);
  expect((await web.ask('/api/notifications/test', { method: 'POST' })).status).toBe(401);
  expect((await web.change('POST', '/api/notifications/test', { repository: name, rule: 3 })).status).toBe(404);
  const tried = await web.change('POST', '/api/notifications/test', { repository: name, rule: 2 });
  expect(tried.json()).toMatchObject({
    results: [{ rule: 2, sent: false, error: expect.stringMatching(/cannot be reached/) }],
  });
  const page = await web.ask(`/api/notifications/preview?repository=${encodeURIComponent(name)}&on=fixed`);
  expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'x-frame-options': 'SAMEORIGIN' });
  expect(page.headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/);
  expect(String(page.body)).toContain('is green again');
});

test('owners are those of CODEOWNERS at that commit: of the failing tests, else of what the commit changed', async () => {
  await using home = await tempDir();
  await using repository = await createRepository({
    '.github/CODEOWNERS': '*.ts ada@example.org\n/docs/ @writers\n',
    'docs/a.md': 'a',
  });
  const sha = await repository.commit('change the docs', { 'docs/a.md': 'b' });
  await repository.commit('new owners', { '.github/CODEOWNERS': '* @others\n' });
  const find = ownersFinder({ home: home.path, logger: createLogger('silent') });
  const known = { id: 1, name: 'local/app', sources: [repository.path], git_dir: join(repository.path, '.git') };
  const run = apiRun(1, 'failure', { sha, broken_since: null });
  expect(await find(run, known)).toEqual(['@writers']);
  const test = {
    job_name: 'test',
    suite: '',
    name: 'x',
    conclusion: 'failure',
    message: null,
    file: 'src/x.ts',
    line: 1,
  };
  const cases = [
    { ...test, flaky: false, recovered: false, history: { failed: 1, runs: 1, failed_tries: 1, tries: 1 } },
  ];
  const tests = { passed: 0, failed: 1, skipped: 0, flaky: 0, cases };
  expect(await find({ ...run, tests }, known)).toEqual(['ada@example.org']);
  expect(await find(run, undefined)).toEqual([]);
});
