import { expect, test } from 'vitest';
import type { JobSketch } from '../support/fake-expander.ts';
import { commitWith, FakeExpander, workflowOf } from '../support/fake-expander.ts';
import { claim, NOW, verdictsOf, work } from '../support/graph.ts';
import { newRepository, openTestStore, pushOf, resultOf } from '../support/store.ts';

/** A store and what starts runs of the same workflow, one commit each. */
async function startRuns(
  jobs: Readonly<Record<string, JobSketch>>,
  concurrency?: { group: string; cancelInProgress: boolean; isLine?: boolean },
  calls: Parameters<typeof workflowOf>[1] = {},
) {
  const ci = await openTestStore({ expander: new FakeExpander() });
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const definition = workflowOf(jobs, calls);
  const start = async (n: number, group = concurrency) => {
    const plan = group === undefined ? {} : { concurrency: group };
    const [run] = await ci.store.dispatch(pushOf(id, [commitWith(n, definition, plan)]), NOW);
    return run!;
  };
  const runOf = async (run: number) => (await ci.store.run(run))!.run;
  return { ...ci, start, runOf };
}

const GROUP = { group: 'deploy', cancelInProgress: false };

test('of one concurrency group one run has its turn and one is next; a newer one takes the place of the next', async () => {
  await using ci = await startRuns({ build: {} }, GROUP);
  const [first, second] = [await ci.start(1), await ci.start(2)];
  const { jobs } = await ci.store.queue(10);
  expect(jobs.map(({ run, why }) => [run, why])).toEqual([
    [first, undefined],
    [second, 'for its turn in the concurrency group deploy, which run 1 has'],
  ]);
  const third = await ci.start(3, { group: 'DEPLOY', cancelInProgress: false });
  expect(await ci.runOf(second)).toMatchObject({ conclusion: 'cancelled', reason: 'superseded by run 3' });
  const [job] = await claim(ci.store);
  expect(job?.run.id).toBe(first);
  expect(await claim(ci.store)).toEqual([]);
  await ci.store.finish(resultOf(job!.job, 1), NOW);
  expect((await claim(ci.store)).map(({ run }) => run.id)).toEqual([third]);
});

test('with queue: max those that wait keep their places, until a hundred of them do', async () => {
  const line = { ...GROUP, isLine: true };
  await using ci = await startRuns({ build: {} }, line);
  const runs: number[] = [];
  for (let n = 1; n <= 102; n++) runs.push(await ci.start(n));
  const last = runs.pop()!;
  expect(await ci.runOf(last)).toMatchObject({
    conclusion: 'cancelled',
    reason: '100 wait for their turn in the concurrency group deploy already',
  });
  for (const run of runs.slice(0, 3)) {
    const [job, ...others] = await claim(ci.store);
    expect(others).toEqual([]);
    expect(job?.run.id).toBe(run);
    await ci.store.finish(resultOf(job!.job, 1), NOW);
  }
  const single = await ci.start(103, GROUP);
  expect(await ci.runOf(runs[50]!)).toMatchObject({ conclusion: 'cancelled', reason: 'superseded by run 103' });
  const [fourth] = await claim(ci.store);
  await ci.store.finish(resultOf(fourth!.job, 1), NOW);
  expect((await claim(ci.store)).map(({ run }) => run.id)).toEqual([single]);
});

test('a job that waits in a line begins when those before it are over, whatever happens to those behind it', async () => {
  await using ci = await startRuns({ deploy: { concurrency: 'production', isLine: true } });
  const [first, second, third] = [await ci.start(1), await ci.start(2), await ci.start(3)];
  await ci.store.cancel(third, 'by hand', NOW);
  const [job] = await claim(ci.store);
  expect(job?.run.id).toBe(first);
  await ci.store.finish(resultOf(job!.job, 1), NOW);
  expect((await claim(ci.store)).map(({ run }) => run.id)).toEqual([second]);
});

test('with cancel-in-progress the run that has its turn is cancelled, and the new one begins when it is over', async () => {
  await using ci = await startRuns(
    { build: {}, clean: { needs: ['build'], if: 'always()' } },
    { ...GROUP, cancelInProgress: true },
  );
  const first = await ci.start(1);
  const [job] = await claim(ci.store);
  const second = await ci.start(2);
  expect(await verdictsOf(ci.store, first)).toEqual({ build: 'cancelling', clean: 'waiting' });
  expect(await claim(ci.store)).toEqual([]);
  await ci.store.finish(resultOf(job!.job, 1, { conclusion: 'cancelled', reason: 'superseded by run 2' }), NOW);
  const [clean] = await claim(ci.store);
  expect(clean?.run.id).toBe(first);
  expect(await claim(ci.store)).toEqual([]);
  await ci.store.finish(resultOf(clean!.job, 1), NOW);
  expect(await ci.runOf(first)).toMatchObject({ conclusion: 'cancelled', reason: 'superseded by run 2' });
  expect((await claim(ci.store)).map(({ run }) => run.id)).toEqual([second]);
});

test('groups of jobs are those of runs: a job waits for its turn while others of its run go on', async () => {
  await using ci = await startRuns({ build: {}, deploy: { concurrency: 'production' } });
  const [first, second] = [await ci.start(1), await ci.start(2)];
  expect(await verdictsOf(ci.store, second)).toEqual({ build: 'queued', deploy: 'waiting' });
  const third = await ci.start(3);
  expect((await ci.store.run(second))!.jobs[1]).toMatchObject({
    conclusion: 'cancelled',
    reason: 'superseded by run 3',
  });
  const jobs = await claim(ci.store);
  for (const { job } of jobs) await ci.store.finish(resultOf(job, 1), NOW);
  expect(await work(ci.store)).toEqual(['deploy']);
  expect(await Promise.all([first, second, third].map(async (run) => (await ci.runOf(run)).conclusion))).toEqual([
    ...['success', 'cancelled', 'success'],
  ]);
});

test('legs in one group go one after the other, and only the last one of those that wait stays', async () => {
  await using ci = await startRuns({ build: { legs: ['1', '2', '3'], concurrency: 'one', failFast: false } });
  const run = await ci.start(1);
  expect(await verdictsOf(ci.store, run)).toEqual({
    ...{ 'build (1)': 'queued', 'build (2)': 'cancelled', 'build (3)': 'waiting' },
  });
  expect((await ci.store.run(run))!.jobs[1]?.reason).toBe('superseded by build (3)');
  expect(await work(ci.store)).toEqual(['build (1)', 'build (3)']);
});

test('a job that asks for the group of its own run, or of its caller, is told that it would wait for ever', async () => {
  await using ci = await startRuns({ build: { concurrency: 'deploy' } }, GROUP);
  const run = await ci.start(1);
  expect(await ci.runOf(run)).toMatchObject({
    ...{ conclusion: 'cancelled' },
    reason: 'a deadlock: its run has the concurrency group deploy that it asks for',
  });
  await using other = await startRuns({ call: { concurrency: 'x', uses: './x' } }, undefined, {
    './x': workflowOf({ build: { concurrency: 'x' } }),
  });
  const called = await other.start(1);
  expect(await other.runOf(called)).toMatchObject({ conclusion: 'cancelled' });
  expect((await other.runOf(called)).reason).toMatch(/^a deadlock: the call that it is part of/);
  expect(await other.runOf(await other.start(2))).toMatchObject({ status: 'completed' }); // the group is free again
});

test('two runs that would wait for each other over two groups do not: the later job is told', async () => {
  await using ci = await startRuns({});
  const { id } = (await ci.store.repositories())[0]!;
  const start = async (n: number, group: string, wants: string) => {
    const jobs = { first: {}, deploy: { needs: ['first'], concurrency: wants } };
    const commit = commitWith(n, workflowOf(jobs), { concurrency: { group, cancelInProgress: false } });
    return (await ci.store.dispatch(pushOf(id, [commit]), NOW))[0]!;
  };
  const [one, two] = [await start(1, 'a', 'b'), await start(2, 'b', 'a')];
  await work(ci.store);
  expect((await ci.store.run(two))!.jobs[1]).toMatchObject({
    conclusion: 'cancelled',
    reason: 'a deadlock: it asks for the concurrency group a, and who has that waits for b, which run 2 has',
  });
  expect(await verdictsOf(ci.store, one)).toEqual({ first: 'success', deploy: 'success' });
});

test('a call waits for its turn before its workflow begins, and has it until it is over', async () => {
  await using ci = await startRuns({ call: { concurrency: 'x', uses: './x' } }, undefined, {
    './x': workflowOf({ build: {} }),
  });
  const [first, second] = [await ci.start(1), await ci.start(2)];
  expect(await verdictsOf(ci.store, second)).toEqual({ call: 'waiting' });
  expect(await work(ci.store)).toEqual(['call/build', 'call/build']);
  expect([await ci.runOf(first), await ci.runOf(second)]).toMatchObject([
    { conclusion: 'success' },
    { conclusion: 'success' },
  ]);
});

test('groups of other repositories are others', async () => {
  await using ci = await startRuns({ build: {} }, GROUP);
  await ci.start(1);
  const { id } = await ci.store.addRepository(newRepository('local/other'), NOW);
  const commit = commitWith(1, workflowOf({ build: {} }), { concurrency: GROUP });
  await ci.store.dispatch(pushOf(id, [commit]), NOW);
  expect(await claim(ci.store)).toHaveLength(2);
});
