import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { repositorySchema, runSchema, runsSchema } from '../../src/protocol/api-schema.ts';
import { sign } from '../support/observer.ts';
import { createRepository } from '../support/repository.ts';
import { startSignalbox } from '../support/signalbox.ts';
import { waitFor } from '../support/wait-for.ts';

test('a pull request is tested from its webhook on, one from a fork waits, and what follows a workflow follows', async () => {
  await using signalbox = await startSignalbox();
  await using repository = await createRepository({
    '.github/workflows/pull.yml': `name: Pull
on: pull_request
jobs:
  test: { runs-on: ubuntu-latest, steps: [{ run: 'test "$GITHUB_HEAD_REF" = topic && test -f new.txt' }] }`,
    '.github/workflows/after.yml': `name: After
on: { workflow_run: { workflows: [Pull], types: [completed] } }
jobs:
  tell: { runs-on: ubuntu-latest, steps: [{ run: 'test "\${{ github.event.workflow_run.conclusion }}" = success' }] }`,
  });
  const base = await repository.git('rev-parse', 'HEAD');
  await repository.git('checkout', '-q', '-b', 'topic');
  const added = JSON.parse((await signalbox.cli('add', repository.path, '--json')).stdout);
  const { secret = '' } = repositorySchema.parse(added);
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
  expect((await signalbox.cli('deliveries')).stdout).toContain('runs ');
});
