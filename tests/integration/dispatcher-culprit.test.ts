import { expect, test } from 'vitest';
import type { WireCommit } from '../../src/protocol/to-dispatcher.ts';
import { CI_SH, Ci, type WatchedRepository } from '../support/ci.ts';
import type { FakeRunner } from '../support/fake-runner.ts';
import { waitFor } from '../support/wait-for.ts';

const CI = '.github/workflows/ci.yml';
const file = (more: string) =>
  `name: CI\non: push\n${more}jobs: { build: { runs-on: ubuntu-latest, steps: [{ run: make }] } }`;
const LATEST = 'only the newest commit of a push is tested (policy: latest)';

/** A branch with a green commit, then `between` that were left out and a tip. Commits from the oldest to the tip. */
async function brokenBranch(ci: Ci, runner: FakeRunner, repository: WatchedRepository, between: number) {
  const good = await repository.git('rev-parse', 'HEAD');
  await ci.push(repository, good);
  await runner.finished(await runner.lease());
  const shas = [good];
  for (let at = 1; at <= between + 1; at++) shas.push(await repository.commit(`commit ${at}`, { n: `${at}` }));
  const commits = shas.slice(1).map((sha, at): WireCommit => {
    const commit = { sha, title: `commit ${at + 1}`, author: 'Ada', committedAt: 0 };
    return at === between ? commit : { ...commit, skip: LATEST };
  });
  const runs = await ci.dispatch(repository.record, [], { commits, before: good, after: shas.at(-1) ?? '' });
  return { shas, runs };
}

/** Tests what it is given, until nothing comes any more: commits from `firstBad` on fail. The commits in their order. */
async function bisect(ci: Ci, runner: FakeRunner, shas: readonly string[], firstBad: number, looks: number) {
  const tested: number[] = [];
  for (let look = 0; look < looks; look++) {
    const lease = await runner.lease();
    const at = shas.indexOf(lease.sha);
    tested.push(at);
    await runner.finished(lease, { conclusion: at >= firstBad ? 'failure' : 'success' });
    await ci.settle();
  }
  return tested;
}

test('commits in between are tested by halves until it is certain who broke the branch, and say why', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository(CI_SH);
  const runner = await ci.runner();
  const { shas, runs } = await brokenBranch(ci, runner, repository, 7);
  expect(await bisect(ci, runner, shas, 3, 4)).toEqual([8, 4, 2, 3]);
  await ci.completed(runs[2]);
  const culprit = await ci.show(runs[2]);
  expect(culprit.run).toMatchObject({ sha: shas[3], number: 4, attempt: 2, conclusion: 'failure' });
  expect(culprit.run.purpose).toBe('to find since when main is broken');
  expect(culprit.attempts).toMatchObject([{ attempt: 1, conclusion: 'skipped', reason: LATEST }]);
  expect((await ci.show(runs[0])).run).toMatchObject({ conclusion: 'skipped', attempt: 1, purpose: null });
  expect((await ci.store.queue(10)).total).toBe(0);
  expect(await ci.testResults(shas[3] ?? '', /failure/)).toContain('tested:    to find since when main is broken');
});

test('the search goes on where it was after a restart, and other work comes first', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository(CI_SH);
  await using other = await ci.repository(CI_SH, 'local/other');
  const first = await ci.runner();
  const { shas, runs } = await brokenBranch(ci, first, repository, 3);
  expect(await bisect(ci, first, shas, 2, 1)).toEqual([4]);
  const lease = await first.lease();
  await first.finished(lease, { conclusion: 'failure' });
  await first.vanish();
  await waitFor('the next commit in the queue', async () => (await ci.store.queue(10)).total === 1);
  await ci.restart();
  await ci.push(other);
  const second = await ci.runner();
  const urgent = await second.lease();
  expect((await ci.show(urgent.run.id)).run.repository).toBe('local/other');
  await second.finished(urgent);
  expect(await bisect(ci, second, shas, 2, 1)).toEqual([1]);
  expect((await ci.completed(runs[0])).conclusion).toBe('success');
  expect((await ci.store.queue(10)).total).toBe(0);
});

test('a search that a restart found undone begins from the facts, and ends when the branch is green', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository(CI_SH);
  const runner = await ci.runner();
  const { shas } = await brokenBranch(ci, runner, repository, 3);
  expect(await bisect(ci, runner, shas, 1, 1)).toEqual([4]);
  const looking = await runner.lease();
  await ci.push(repository, await repository.commit('fixed'));
  await runner.finished(looking, { conclusion: 'failure' });
  const fix = await runner.lease();
  await runner.finished(fix);
  await waitFor('the verdict of the fix', async () => (await ci.show(fix.run.id)).run.conclusion === 'success');
  await ci.settle();
  const left = await ci.store.runs({ conclusion: 'skipped' });
  expect(left.length).toBeLessThanOrEqual(2);
});

test('one workflow of a commit is tested, beside whatever is in its concurrency group', async () => {
  await using ci = await Ci.start();
  const group = 'concurrency: { group: "${{ github.workflow }}", cancel-in-progress: true }\n';
  await using repository = await ci.repository({ [CI]: file(group) });
  const runner = await ci.runner({ slots: 2 });
  const { shas, runs } = await brokenBranch(ci, runner, repository, 1);
  const tip = await runner.lease();
  await runner.finished(tip, { conclusion: 'failure' });
  const lease = await runner.lease();
  expect(lease.sha).toBe(shas[1]);
  const newer = await repository.commit('newer');
  await ci.push(repository, newer);
  expect((await runner.lease()).sha).toBe(newer);
  await runner.finished(lease, { conclusion: 'failure' });
  expect(await ci.completed(runs[0])).toMatchObject({ workflow: 'CI', path: CI, attempt: 2, conclusion: 'failure' });
});

test.each([
  ['an environment', `name: CI\non: push\njobs: { build: { runs-on: x, environment: live, steps: [{ run: make }] } }`],
  ['secrets', "name: CI\non: push\njobs: { build: { runs-on: x, steps: [{ run: 'echo ${{ secrets.A }}' }] } }"],
  ['the token', "name: CI\non: push\njobs: { build: { runs-on: x, steps: [{ run: 'echo ${{ github.token }}' }] } }"],
])('a workflow with %s is never executed only to find a culprit', async (_, text) => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [CI]: text });
  const runner = await ci.runner({ labels: ['x'] });
  const { runs } = await brokenBranch(ci, runner, repository, 2);
  const tip = await runner.lease();
  await runner.finished(tip, { conclusion: 'failure' });
  await ci.completed(tip.run.id);
  await ci.pass(60_000);
  expect((await ci.show(runs[0])).run).toMatchObject({ conclusion: 'skipped', attempt: 1 });
  expect((await ci.show(runs[1])).run).toMatchObject({ conclusion: 'skipped', attempt: 1 });
});

test('a commit that was left out is tested when it becomes the tip of a ref, in the run that it has', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository(CI_SH);
  const runner = await ci.runner();
  const sha = await repository.git('rev-parse', 'HEAD');
  const commits = [{ sha, title: 't', author: 'a', committedAt: 0, skip: LATEST }];
  const [run] = await ci.dispatch(repository.record, [], { commits, after: await repository.commit('tip') });
  expect((await ci.show(run)).run.conclusion).toBe('skipped');
  expect(await ci.dispatch(repository.record, [sha], { ref: 'refs/heads/old' })).toEqual([run]);
  const lease = await runner.lease();
  expect(lease.sha).toBe(sha);
  await runner.finished(lease);
  expect(await ci.completed(run)).toMatchObject({ conclusion: 'success', attempt: 2, purpose: null });
});

test('an action that takes the token by itself has none when a commit is executed only to find a culprit', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [CI]: file('') });
  await ci.store.vault.setSecret({ repository: null, environment: null }, 'GITHUB_TOKEN', 'ghs_1', new Date());
  const runner = await ci.runner();
  const { shas } = await brokenBranch(ci, runner, repository, 1);
  const tip = await runner.lease();
  expect(tip.contexts?.secrets).toEqual({ GITHUB_TOKEN: 'ghs_1' });
  await runner.finished(tip, { conclusion: 'failure' });
  const looking = await runner.lease();
  expect([looking.sha, looking.contexts?.secrets]).toEqual([shas[1], {}]);
});

test('a commit that waits to be tested for a culprit comes at once when it becomes a tip', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({
    [CI]: file(''),
    '.github/workflows/lint.yml': file('').replace('CI', 'Lint'),
  });
  const runner = await ci.runner({ slots: 2 });
  const good = await repository.git('rev-parse', 'HEAD');
  await ci.push(repository, good);
  for (const lease of [await runner.lease(), await runner.lease()]) await runner.finished(lease);
  const [left, tip] = [await repository.commit('left'), await repository.commit('tip')];
  const commit = { title: 't', author: 'a', committedAt: 0 };
  const commits = [
    { ...commit, sha: left, skip: LATEST },
    { ...commit, sha: tip },
  ];
  const [run] = await ci.dispatch(repository.record, [], { commits, before: good, after: tip });
  const leases = [await runner.lease(), await runner.lease()];
  await runner.vanish();
  const busy = await ci.runner({ name: 'two', slots: 2 });
  await ci.pass(70_000);
  for (const lease of [await busy.lease(), await busy.lease()])
    await busy.finished(lease, { conclusion: lease.job === leases[0]?.job ? 'failure' : 'success' });
  const looking = await busy.lease();
  expect(looking.sha).toBe(left);
  const runs = await ci.push(repository, left);
  expect(runs).toContain(run);
  expect(runs).toHaveLength(2);
  expect((await ci.show(run)).run.purpose).toBeNull();
});

test('nothing follows a run that only looks for a culprit', async () => {
  await using ci = await Ci.start();
  const deploy =
    'name: Deploy\non: { workflow_run: { workflows: [CI] } }\njobs: { d: { runs-on: ubuntu-latest, steps: [{ run: deploy }] } }';
  await using repository = await ci.repository({ [CI]: file(''), '.github/workflows/deploy.yml': deploy });
  await waitFor('the default branch', () => ci.dispatcher.defaultBranchOf(repository.record.id) !== undefined);
  const runner = await ci.runner({ slots: 20 });
  /** Executes what comes until a run is over; the tip of the push fails. */
  const executeUntil = async (run: number, bad = '') => {
    while ((await ci.show(run)).run.status !== 'completed' || (await ci.show(run)).run.conclusion === 'skipped') {
      await ci.settle();
      for (const lease of [...runner.holds])
        await runner.finished(lease, lease.sha === bad && lease.run.event === 'push' ? { conclusion: 'failure' } : {});
    }
  };
  const { runs, shas } = await brokenBranch(ci, runner, repository, 1);
  const [looked = 0] = runs;
  await executeUntil(looked, shas[2]);
  expect((await ci.show(looked)).run.purpose).not.toBeNull();
  const [newest = 0] = await ci.push(repository, await repository.commit('newer'));
  await executeUntil(newest);
  const followed = async () => {
    const all = await ci.store.runs({});
    return all.flatMap(({ event, occurrence }) => (event === 'workflow_run' ? [Number(occurrence.split('/')[0])] : []));
  };
  await waitFor('what follows the newest', async () => (await followed()).includes(newest));
  expect(await followed()).not.toContain(looked);
});
