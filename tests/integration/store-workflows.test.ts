import { expect, test } from 'vitest';
import { commitWith, FakeExpander, workflowOf } from '../support/fake-expander.ts';
import { claim, NOW, startRun, verdictsOf, work } from '../support/graph.ts';
import { newRepository, openTestStore, pushOf, resultOf, shaOf } from '../support/store.ts';

test('jobs of a workflow file wait for what they need, and are expanded only then', async () => {
  await using ci = await startRun({ build: {}, test: { needs: ['build'] }, lint: {} });
  expect(ci.expander.asked).toEqual(['build', 'lint']);
  expect(await verdictsOf(ci.store, ci.run)).toEqual({ build: 'queued', test: 'waiting', lint: 'queued' });
  expect((await ci.store.queue(10)).jobs.map((job) => job.waitsFor)).toEqual([[], ['build'], []]);
  expect(await work(ci.store)).toEqual(['build', 'lint', 'test']);
  expect(ci.expander.asked).toEqual(['build', 'lint', 'test']);
  expect((await ci.store.run(ci.run))?.run).toMatchObject({
    ...{ status: 'completed', conclusion: 'success', path: '.github/workflows/ci.yml', actor: 'ada' },
  });
});

test('what needs a failed job is skipped with its reason, unless its condition says otherwise', async () => {
  await using ci = await startRun({
    build: {},
    test: { needs: ['build'] },
    report: { needs: ['test'], if: 'always()' },
    mail: { needs: ['build'], if: 'failure()' },
  });
  expect(await work(ci.store, { build: 'failure' })).toEqual(['build', 'report', 'mail']);
  const { run, jobs } = (await ci.store.run(ci.run))!;
  expect(run.conclusion).toBe('failure');
  expect(jobs.find(({ key }) => key === 'test')).toMatchObject({
    ...{ state: 'completed', conclusion: 'skipped', reason: 'success() is false', executions: [] },
  });
});

test('a run all of whose jobs are skipped is skipped', async () => {
  await using ci = await startRun({ build: { if: 'false' }, test: { needs: ['build'] } });
  expect((await ci.store.run(ci.run))?.run).toMatchObject({ status: 'completed', conclusion: 'skipped' });
});

test('a job that cannot be expanded ends with error, whatever goes wrong, and the run with it', async () => {
  await using ci = await startRun({ build: { if: 'error: ci.yml:3:5: no such context' }, test: { if: 'throw' } });
  expect((await ci.store.run(ci.run))?.run).toMatchObject({
    ...{ conclusion: 'error', reason: 'ci.yml:3:5: no such context' },
  });
  expect((await ci.store.run(ci.run))?.jobs[1]?.reason).toMatch(/could not be expanded: a bug of the expander/);
});

test('without an expander a workflow file is an error in words', async () => {
  await using ci = await openTestStore();
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const [run] = await ci.store.dispatch(pushOf(id, [commitWith(1, workflowOf({ build: {} }))]), NOW);
  expect((await ci.store.run(run!))?.run).toMatchObject({ conclusion: 'error' });
});

test('what a job says is kept, and those that need it are told', async () => {
  await using ci = await startRun({ build: {}, test: { needs: ['build'] } });
  const annotations = [{ level: 'error', message: 'no', file: 'a.ts', line: 3 }] as const;
  const [build] = await claim(ci.store, 1);
  await ci.store.finish(resultOf(build!.job, 1, { outputs: { version: '3' }, annotations, summary: '# Done' }), NOW);
  expect(await ci.store.job(build!.job)).toMatchObject({
    ...{ outputs: { version: '3' }, annotations, summary: '# Done', kind: 'job', definition: 'build', parent: null },
  });
  const [test] = await claim(ci.store, 1);
  expect(test?.workflow).toMatchObject({
    ...{ job: 'test', matrix: {}, needs: { build: { result: 'success', outputs: { version: '3' } } } },
    scope: { calls: [], names: [], inputs: {}, secrets: [] },
    run: { ...{ id: ci.run, number: 1, attempt: 1, actor: 'ada', payload: { after: 1 }, repository: 'local/app' } },
  });
});

test('several workflow files of one commit are several runs, and a push that is told again makes none', async () => {
  await using ci = await openTestStore({ expander: new FakeExpander() });
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const [a, b] = [workflowOf({ build: {} }), { ...workflowOf({ lint: {} }), name: 'lint' }];
  const push = pushOf(id, [commitWith(1, a), commitWith(1, b), commitWith(2, a), commitWith(2, b)]);
  const runs = await ci.store.dispatch(push, NOW);
  expect(new Set(runs).size).toBe(4);
  expect(await ci.store.dispatch(push, NOW)).toEqual(runs);
  expect((await claim(ci.store)).map(({ sha }) => sha)).toEqual([2, 2, 1, 1].map(shaOf));
});

test('a runner of the chapter gets no job of a workflow file', async () => {
  await using ci = await startRun({ build: {} });
  const request = { runner: 'classic', labels: [], leaseMs: 30_000, now: NOW };
  expect(await ci.store.claim({ ...request, repository: ci.repository }, 1)).toEqual([]);
  expect(await ci.store.claim(request, 1)).toHaveLength(1);
});
