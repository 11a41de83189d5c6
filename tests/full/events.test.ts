import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { repositorySchema, runSchema, runsSchema } from '../../src/protocol/api-schema.ts';
import { startGitHttp } from '../support/git-http.ts';
import { sign } from '../support/observer.ts';
import { createRepository } from '../support/repository.ts';
import { startSignalbox } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

test('a pull request is tested from its webhook on, one from a fork waits, and what follows a workflow follows', async () => {
  await using signalbox = await startSignalbox();
  await using repository = await createRepository({
    '.github/workflows/pull.yml': `name: Pull
on: pull_request
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: test "$GITHUB_HEAD_REF" = topic && test -f new.txt
      - run: echo "secret=[\${{ secrets.DEPLOY }}] cache=$npm_config_cache"`,
    '.github/workflows/after.yml': `name: After
on: { workflow_run: { workflows: [Pull], types: [completed] } }
jobs:
  tell: { runs-on: ubuntu-latest, steps: [{ run: 'test "\${{ github.event.workflow_run.conclusion }}" = success' }] }`,
  });
  const base = await repository.git('rev-parse', 'HEAD');
  await repository.git('checkout', '-q', '-b', 'topic');
  const added = JSON.parse((await signalbox.cli('add', repository.path, '--json')).stdout);
  const { secret = '' } = repositorySchema.parse(added);
  await using dir = await tempDir();
  await writeFile(join(dir.path, 'secret'), 'hidden');
  const where = ['--repository', 'local/app', '--from-file', join(dir.path, 'secret')];
  const vault = await signalbox.cli('secrets', 'set', 'DEPLOY', ...where);
  expect(vault.exitCode, vault.stderr).toBe(0);
  const sha = await repository.commit('topic', { 'new.txt': 'new' });
  const side = (full_name: string, ref: string, at: string) => ({ sha: at, ref, repo: { full_name } });
  const deliver = async (from: string) => {
    const own = { full_name: 'local/app' };
    const pull_request = {
      ...{ number: 7, title: 'Add a file', head: side(from, 'topic', sha), base: side('local/app', 'main', base) },
    };
    const body = JSON.stringify({
      action: 'opened',
      number: 7,
      repository: own,
      sender: { login: 'ada' },
      pull_request,
    });
    const headers = {
      ...{ 'content-type': 'application/json', 'x-github-event': 'pull_request', 'x-github-delivery': randomUUID() },
      'x-hub-signature-256': await sign(body, secret),
    };
    expect((await fetch(`${signalbox.url}/webhooks`, { method: 'POST', body, headers })).status).toBe(202);
  };
  const api = await signalbox.api();
  const runsOf = async (event: string) => {
    const { runs } = await api.get('/api/runs', runsSchema);
    return runs.filter((run) => run.event === event);
  };
  await deliver('local/app');
  await waitFor('the workflow that follows', async () => (await runsOf('workflow_run'))[0]?.status === 'completed');
  expect(await runsOf('workflow_run')).toMatchObject([{ workflow: 'After', conclusion: 'success', sha: base }]);
  const [pull] = await runsOf('pull_request');
  expect(pull).toMatchObject({ conclusion: 'success', title: 'Add a file', ref: 'refs/pull/7/merge', sha });
  await deliver('eve/app');
  await waitFor('the one from a fork', async () => (await runsOf('pull_request')).length === 2);
  const [held] = await runsOf('pull_request');
  const shown = await api.get(`/api/runs/${held?.id}`, runSchema);
  expect(shown).toMatchObject({ status: 'queued', reason: expect.stringMatching(/^from a fork: it waits/) });
  expect(shown.jobs[0]).toMatchObject({ status: 'queued', waiting_for: expect.stringMatching(/^from a fork/) });
  expect((await signalbox.cli('deliveries')).stdout).toMatch(/runs? \d/);
  const unread = await signalbox.cli('approve', `${held?.id}`);
  expect([unread.exitCode, unread.stderr]).toEqual([
    2,
    expect.stringMatching(/code of a stranger, and there is no sandbox/),
  ]);
  const approved = await signalbox.cli('approve', `${held?.id}`, '--unsandboxed');
  expect([approved.exitCode, approved.stdout]).toEqual([0, expect.stringContaining('is approved, at')]);
  await waitFor('its end', async () => (await runsOf('pull_request'))[0]?.status === 'completed');
  expect((await runsOf('pull_request'))[0]).toMatchObject({ id: held?.id, conclusion: 'success', sha });
  const logOf = async (id = 0) => (await signalbox.cli('logs', `${id}`)).stdout;
  expect(await logOf(pull?.id)).toMatch(/secret=\[\*\*\*\] cache=\S*-trusted\/npm/);
  const log = await logOf(held?.id);
  expect(log).toMatch(/secret=\[\] cache=\S*\/tmp\/caches\/npm/);
  await deliver('eve/app');
  await waitFor('the next one', async () => (await runsOf('pull_request')).length === 3);
  expect((await runsOf('pull_request'))[0]).toMatchObject({
    status: 'queued',
    reason: expect.stringMatching(/^from a fork/),
  });
});

test('a private repository is added with a token in a file, and its pushes are fetched with it', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\nenv\n' });
  await using server = await startGitHttp({
    root: dirname(repository.path),
    account: 'x-access-token:hidden-token',
    look: 'hidden-token',
  });
  await using dir = await tempDir();
  await using signalbox = await startSignalbox();
  const [url, file] = [`${server.url}/app/.git`, join(dir.path, 'token')];
  await writeFile(file, 'hidden-token\n');
  const without = await signalbox.cli('add', url);
  expect([without.exitCode, without.stderr]).toEqual([3, expect.stringContaining('--token-file FILE')]);
  const added = await signalbox.cli('add', url, '--name', 'acme/app', '--token-file', file, '--json');
  const { secret = '' } = repositorySchema.parse(JSON.parse(added.stdout));
  const before = await repository.git('rev-parse', 'HEAD');
  const after = await repository.commit('second');
  const body = JSON.stringify({ ref: 'refs/heads/main', before, after, repository: { full_name: 'acme/app' } });
  const headers = {
    ...{ 'content-type': 'application/json', 'x-github-event': 'push', 'x-github-delivery': randomUUID() },
    'x-hub-signature-256': await sign(body, secret),
  };
  expect((await fetch(`${signalbox.url}/webhooks`, { method: 'POST', body, headers })).status).toBe(202);
  const api = await signalbox.api();
  const runs = async () => (await api.get('/api/runs', runsSchema)).runs;
  await waitFor('its run', async () => (await runs())[0]?.status === 'completed');
  expect(await runs()).toMatchObject([{ conclusion: 'success', sha: after }]);
  expect((await signalbox.cli('logs')).stdout).not.toContain('hidden-token');
  expect(server.leaks).toEqual([]);
});
