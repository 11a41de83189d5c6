import { expect, test } from 'vitest';
import type { ForgeSettings } from '../../src/config/config.ts';
import { runSchema } from '../../src/protocol/api-schema.ts';
import { writeGithubApp } from '../../src/protocol/github-app.ts';
import { forgeCredentials } from '../../src/reporter/forge-credentials.ts';
import { draftCheck } from '../../src/reporter/status/check-draft.ts';
import { StatusSink } from '../../src/reporter/status/status-sink.ts';
import { systemClock } from '../../src/support/clock.ts';
import { APP_KEY, APP_TOKEN, startGithub } from '../support/fake-github.ts';
import { tempDir } from '../support/temp.ts';

const SHA = 'b'.repeat(40);

function run(more: object = {}) {
  return runSchema.parse({
    ...{ id: 5, number: 2, repository: 'acme/app', workflow: 'ci', event: 'push', trigger: 'webhook', sources: [] },
    ...{ ref: 'refs/heads/main', sha: SHA, title: 't', author: 'ada', status: 'completed', conclusion: 'failure' },
    ...{ attempt: 1, html_url: 'http://ci/runs/5', created_at: '2026-01-01T00:00:00.000Z', jobs: [] },
    ...{ started_at: '2026-01-01T00:00:00.000Z', completed_at: '2026-01-01T00:00:12.000Z', ...more },
  });
}

const remarks = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ level: 'error', message: `m${at}`, file: 'src/a.ts', line: at + 1 }));

/** A sink with the App of a fake GitHub. */
async function startSink() {
  const github = await startGithub();
  const home = await tempDir('signalbox-checks-');
  const api = `${github.url}/api`;
  await writeGithubApp(home.path, {
    ...{ id: 7, slug: 'signalbox', name: 'Signalbox', html_url: `${github.url}/apps/signalbox`, api, pem: APP_KEY },
    ...{ webhook_secret: null, created_at: new Date().toISOString() },
  });
  const forge: ForgeSettings = {
    ...{
      kind: 'github',
      url: github.url,
      api,
      tokenFile: null,
      user: null,
      hasStatuses: true,
      allow: [],
      webhookSecretFile: null,
    },
  };
  const sink = new StatusSink({ forges: [forge], credential: forgeCredentials(home.path), clock: systemClock });
  const { signal } = new AbortController();
  const sending = { sink: 'status:x', key: 'k', attempt: 1, composedAt: new Date(), more: [], signal };
  return {
    github,
    send: (of: ReturnType<typeof run>, path = 'acme/app') =>
      sink.send(
        {
          ...{ forge: github.url, path, sha: SHA, context: 'signalbox/ci', state: 'failure', ref: of.ref },
          ...{ description: 'failed', url: of.html_url, check: draftCheck(of) },
        },
        sending,
      ),
    async [Symbol.asyncDispose]() {
      await github[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

test('a run is one check from its beginning to its end, with annotations in batches of 50, and the next attempt another', async () => {
  await using all = await startSink();
  const { github } = all;
  await all.send(run({ status: 'queued', conclusion: null, started_at: null, completed_at: null }));
  expect(github.checks).toMatchObject([{ name: 'signalbox/ci', head_sha: SHA, status: 'queued' }]);
  await all.send(run({ annotations: remarks(60) }));
  expect(github.checks).toHaveLength(1);
  expect(github.checks[0]).toMatchObject({
    ...{ status: 'completed', conclusion: 'failure', external_id: 'signalbox:5:1', details_url: 'http://ci/runs/5' },
    actions: [{ identifier: 'rerun_failed' }],
  });
  const sent = github
    .asked('/check-runs')
    .map(({ json }) => (json.output as { annotations?: [] })?.annotations?.length);
  expect(sent.filter((count) => count !== undefined)).toEqual([50, 10]);
  expect(github.requests.at(-1)?.headers.authorization).toBe(`token ${APP_TOKEN}`);
  await all.send(run({ attempt: 2, status: 'in_progress', conclusion: null }));
  expect(github.checks.map(({ external_id }) => external_id)).toEqual(['signalbox:5:1', 'signalbox:5:2']);
});

test('annotations that came through before a failure are not sent twice', async () => {
  await using all = await startSink();
  const { github } = all;
  const answers = github.onRequest;
  let isBroken = true;
  github.onRequest = (request) => {
    if (isBroken && request.method === 'PATCH') return { status: 422, body: { message: 'not now' } };
    return answers?.(request);
  };
  await expect(all.send(run({ annotations: remarks(60) }))).rejects.toThrow(/not now/);
  isBroken = false;
  await all.send(run({ annotations: remarks(60) }));
  const { annotations } = github.checks[0] as { annotations: { start_line: number }[] };
  expect(annotations.map(({ start_line }) => start_line)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
});

test('where the App is not installed and there is no token, the words say so', async () => {
  await using all = await startSink();
  await expect(all.send(run(), 'acme/other')).rejects.toThrow(/not installed in acme\/other/);
});

test('a check says why a run waits, which tests failed, and nothing that makes markup on the page', () => {
  const job = {
    ...{ id: 1, name: 'build', runner: null, status: 'queued', conclusion: null, executions: 0 },
    waiting_for: 'all 2 runners with the label linux are busy',
  };
  const waiting = draftCheck(run({ status: 'queued', conclusion: null, started_at: null, jobs: [job] }));
  expect(waiting).toMatchObject({ status: 'queued', annotations: [] });
  expect(waiting.summary).toContain('build: queued, all 2 runners with the label linux are busy');
  const one = {
    ...{ job_name: 'build', suite: 's', name: '[x](http://evil) @acme', conclusion: 'failure', message: '<img src=x>' },
    ...{
      file: 'a.ts',
      line: 3,
      flaky: false,
      recovered: false,
      history: { failed: 1, runs: 2, failed_tries: 1, tries: 2 },
    },
  };
  const tests = { passed: 1, failed: 1, skipped: 0, flaky: 0, cases: [one] };
  const { summary } = draftCheck(run({ tests }));
  expect(summary).toContain('(a.ts:3)');
  expect(summary).not.toContain('[x](http://evil)');
  expect(summary).not.toContain('<img');
  expect(summary).not.toContain('@acme');
  const outside = [{ level: 'error', message: 'm', file: '/etc/passwd', line: 1 }, ...remarks(300)];
  expect(draftCheck(run({ annotations: outside })).annotations).toHaveLength(250);
  const many = Array.from({ length: 50 }, () => ({ ...one, name: '😀'.repeat(2_000), message: 'x'.repeat(2_000) }));
  expect(Buffer.byteLength(draftCheck(run({ tests: { ...tests, cases: many } })).summary)).toBeLessThan(65_535);
});
