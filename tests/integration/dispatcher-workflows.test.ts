import { expect, test } from 'vitest';
import { NO_COMMIT } from '../../src/model/push.ts';
import type { DispatchMessage } from '../../src/protocol/messages.ts';
import { Ci, type WatchedRepository } from '../support/ci.ts';

const CI = '.github/workflows/ci.yml';
const JOBS = 'jobs: { build: { runs-on: ubuntu-latest, steps: [{ run: make }] } }';
const MAIN = 'refs/heads/main';

/** What a dispatch of these commits made: `workflow: conclusion or status`, in the order of the runs. */
async function runsOf(ci: Ci, repository: WatchedRepository, shas: string[], more: Partial<DispatchMessage> = {}) {
  const runs = await Promise.all((await ci.dispatch(repository.record, shas, more)).map((id) => ci.show(id)));
  return runs.map(({ run }) => run);
}

test('a commit has a run for each workflow file that it concerns, and those of its ref only', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({
    [CI]: `name: CI\non: push\n${JOBS}`,
    '.github/workflows/release.yml': `name: Release\non: { push: { tags: ['v*'] } }\n${JOBS}`,
    '.github/workflows/bad.yml': 'on: push\njobs: 7\n',
    'ci.sh': '#!/bin/sh\n',
  });
  const sha = await repository.git('rev-parse', 'HEAD');
  const first = await runsOf(ci, repository, [sha]);
  expect(first).toMatchObject([
    {
      ...{ workflow: '.github/workflows/bad.yml', conclusion: 'error', ref: MAIN, event: 'push' },
      reason: expect.stringContaining('.github/workflows/bad.yml:2:7:'),
    },
    { workflow: 'CI', path: CI, actor: 'Ada' },
    { workflow: 'Release', conclusion: 'skipped', reason: expect.stringContaining('this ref is the branch main') },
  ]);
  const again = await runsOf(ci, repository, [sha], { trigger: 'watch' });
  expect(again.map(({ id, sources }) => [id, sources])).toEqual(first.map(({ id }) => [id, ['hook', 'watch']]));
  const tagged = await runsOf(ci, repository, [sha], { ref: 'refs/tags/v1' });
  expect(tagged.map(({ id }) => id)).not.toEqual(expect.arrayContaining(first.map(({ id }) => id)));
  expect(tagged.map(({ workflow, ref }) => `${workflow} ${ref}`)).toContain('Release refs/tags/v1');
});

test('a new branch at commits that have runs gets runs for its tip alone', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [CI]: `name: CI\non: push\n${JOBS}` });
  const first = await repository.git('rev-parse', 'HEAD');
  const second = await repository.commit('second');
  const main = await runsOf(ci, repository, [first, second]);
  const topic = await runsOf(ci, repository, [first, second], { ref: 'refs/heads/topic' });
  expect(topic.map(({ sha, ref }) => `${sha} ${ref}`)).toEqual([`${first} ${MAIN}`, `${second} refs/heads/topic`]);
  expect(topic[0]?.id).toBe(main[0]?.id);
});

test('a commit that was skipped as one in between is tested as the tip of another branch', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [CI]: `name: CI\non: push\n${JOBS}` });
  const sha = await repository.git('rev-parse', 'HEAD');
  const commits = [{ sha, title: 't', author: 'a', committedAt: 0, skip: 'policy: latest' }];
  const skipped = await runsOf(ci, repository, [], { commits, after: await repository.commit('tip') });
  expect(skipped).toMatchObject([{ conclusion: 'skipped', reason: 'policy: latest' }]);
  const [run] = await runsOf(ci, repository, [sha], { ref: 'refs/heads/old' });
  expect(run).toMatchObject({ workflow: 'CI', ref: 'refs/heads/old' });
});

test('a commit whose files are for no push has one run that says so', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [CI]: `on: [pull_request]\n${JOBS}`, 'ci.sh': '#!/bin/sh\n' });
  const [run, ...more] = await runsOf(ci, repository, [await repository.git('rev-parse', 'HEAD')]);
  expect(run).toMatchObject({
    conclusion: 'skipped',
    reason: 'no workflow file is for a push: ci.yml (pull_request)',
  });
  expect(more).toEqual([]);
});

test('path filters look at each commit by itself, and at what a tip stands for', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({
    [CI]: `name: CI\non: { push: { paths: ['src/**'] } }\n${JOBS}`,
    'src/a': '1',
    'docs/a': '1',
  });
  const before = await repository.git('rev-parse', 'HEAD');
  const inSource = await repository.commit('source', { 'src/a': '2' });
  const inDocs = await repository.commit('docs', { 'docs/a': '2' });
  const verdicts = async (shas: string[], more: Partial<DispatchMessage>) =>
    (await runsOf(ci, repository, shas, more)).map(({ conclusion }) => conclusion === 'skipped');
  expect(await verdicts([inSource, inDocs], { before })).toEqual([false, true]);
  // a fast-forward to commits that others brought: what the ref gained is what counts, as on GitHub
  expect(await verdicts([inDocs], { before, ref: 'refs/heads/release' })).toEqual([false]);
  const skipped = { sha: inSource, title: 't', author: 'a', committedAt: 0, skip: 'policy: latest' };
  const tip = { sha: inDocs, title: 't', author: 'a', committedAt: 0 };
  const latest = { before: NO_COMMIT, after: inDocs, ref: 'refs/heads/latest', commits: [skipped, tip] };
  expect((await runsOf(ci, repository, [], latest)).at(-1)?.conclusion).not.toBe('skipped');
  // amended: compared with its parent, not with the one that it replaced
  const amended = await repository.git('commit-tree', `${inSource}^{tree}`, '-p', before, '-m', 'other words');
  expect(await verdicts([amended], { before: inSource, ref: 'refs/heads/amended' })).toEqual([false]);
});
