import { expect, test } from 'vitest';
import { FROM_A_FORK } from '../../src/model/trust.ts';
import { commitWith, FakeExpander, workflowOf } from '../support/fake-expander.ts';
import { claim, NOW } from '../support/graph.ts';
import { newRepository, openTestStore, pushOf, shaOf } from '../support/store.ts';

test('nothing of a run that is held is given away, and everybody is told why', async () => {
  await using ci = await openTestStore({ expander: new FakeExpander() });
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const plan = { held: 'from a fork', concurrency: { group: 'one', cancelInProgress: true } };
  const definition = workflowOf({ build: {}, test: { needs: ['build'] } });
  const [held = 0] = await ci.store.dispatch(pushOf(id, [commitWith(1, definition, plan)]), NOW);
  expect(await claim(ci.store)).toEqual([]);
  expect((await ci.store.run(held))?.run).toMatchObject({ status: 'queued', conclusion: null, reason: 'from a fork' });
  expect((await ci.store.queue(10)).jobs.map(({ name, why }) => [name, why])).toEqual([
    ['build', 'from a fork'],
    ['test', 'from a fork'],
  ]);
  const own = { concurrency: plan.concurrency };
  await ci.store.dispatch(pushOf(id, [commitWith(2, definition, own)]), NOW);
  expect(await claim(ci.store)).toHaveLength(1); // what is held has no group
});

test('a run that is held can be cancelled', async () => {
  await using ci = await openTestStore({ expander: new FakeExpander() });
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const commit = commitWith(1, workflowOf({ build: {}, last: { if: 'always()' } }), { held: 'from a fork' });
  const [held = 0] = await ci.store.dispatch(pushOf(id, [commit]), NOW);
  await ci.store.cancel(held, 'cancelled by ada', NOW);
  expect((await ci.store.run(held))?.run).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
  expect((await ci.store.queue(10)).total).toBe(0);
});

test('what a run is called, and its group, may depend on its numbers', async () => {
  await using ci = await openTestStore({ expander: new FakeExpander() });
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const ofRun = (run: { id: number; number: number }) => ({
    title: `No. ${run.number}`,
    concurrency: { group: `of-${run.id}`, cancelInProgress: true },
  });
  const commits = [1, 2].map((n) => commitWith(n, workflowOf({ build: {} }), { ofRun }));
  const runs = await ci.store.dispatch(pushOf(id, commits), NOW);
  const shown = await Promise.all(runs.map((run) => ci.store.run(run)));
  expect(shown.map((one) => one?.run.title)).toEqual(['No. 1', 'No. 2']);
  expect(await claim(ci.store)).toHaveLength(2);
  expect((await ci.store.events(0, 100)).find(({ type }) => type === 'run.queued')?.data).toMatchObject({
    title: 'No. 1',
  });
});

test('a pull request from a fork that was cancelled and is tried again is held again', async () => {
  await using ci = await openTestStore({ expander: new FakeExpander() });
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const repository = (full_name: string) => ({ repo: { full_name } });
  const payload = { pull_request: { head: repository('eve/app'), base: repository('acme/app') } };
  const commit = { ...commitWith(1, workflowOf({ build: {} }), { held: FROM_A_FORK }), payload };
  const [run = 0] = await ci.store.dispatch({ ...pushOf(id, [commit]), event: 'pull_request' }, NOW);
  await ci.store.cancel(run, 'cancelled by ada', NOW);
  await ci.store.rerun(run, { failedOnly: false }, NOW);
  expect((await ci.store.run(run))?.run).toMatchObject({ status: 'queued', attempt: 2, reason: FROM_A_FORK });
  expect(await claim(ci.store)).toEqual([]);
});

test('a run that is held begins when a person approves its commit, once, and takes its turn in its group', async () => {
  await using ci = await openTestStore({ expander: new FakeExpander() });
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const plan = { held: FROM_A_FORK, concurrency: { group: 'one', cancelInProgress: false } };
  const commit = commitWith(1, workflowOf({ build: {} }), plan);
  const [run = 0] = await ci.store.dispatch({ ...pushOf(id, [commit]), event: 'pull_request' }, NOW);
  const other = ci.store.approve(run, { by: 'ada', sha: shaOf(2) }, NOW);
  await expect(other).rejects.toThrow(/commit .* is not the one that was approved/);
  expect(await claim(ci.store)).toEqual([]);
  const approved = await ci.store.approve(run, { by: 'ada', sha: commit.sha }, NOW);
  expect(approved).toMatchObject({ held: null, approvedBy: 'ada', approvedAt: NOW, reason: null, status: 'queued' });
  expect(await claim(ci.store)).toHaveLength(1);
  await expect(ci.store.approve(run, { by: 'eve', sha: commit.sha }, NOW)).rejects.toThrow(/ada gave it already/);
  const told = (await ci.store.events(0, 100)).find(({ type }) => type === 'run.approved');
  expect(told).toMatchObject({ run, data: { by: 'ada', sha: commit.sha } });
});

test('the next commit of a pull request waits for a word of its own', async () => {
  await using ci = await openTestStore({ expander: new FakeExpander() });
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const [one, two] = [1, 2].map((n) => commitWith(n, workflowOf({ build: {} }), { held: FROM_A_FORK }));
  const dispatched = async (commit: typeof one, occurrence: string) =>
    (await ci.store.dispatch({ ...pushOf(id, [commit!]), event: 'pull_request', occurrence }, NOW))[0] ?? 0;
  await ci.store.approve(await dispatched(one, 'a'), { by: 'ada', sha: one!.sha }, NOW);
  const next = await dispatched(two, 'b');
  expect((await ci.store.run(next))?.run).toMatchObject({ held: FROM_A_FORK, approvedBy: null });
  expect(await claim(ci.store, 5)).toHaveLength(1);
});
