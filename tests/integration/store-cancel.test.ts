import { expect, test } from 'vitest';
import { workflowOf } from '../support/fake-expander.ts';
import { claim, NOW, startRun, verdictsOf, work } from '../support/graph.ts';
import { commitOf, newRepository, openTestStore, plannedJob, pushOf, resultOf } from '../support/store.ts';

const WHY = 'Ada asked for it';

test('a cancelled run ends what waits, tells the runners, and lets always() have its say', async () => {
  await using ci = await startRun({
    build: {},
    lint: {},
    test: { needs: ['build'] },
    clean: { needs: ['build'], if: 'always()' },
    tell: { needs: ['build'], if: 'cancelled()' },
    watch: { if: 'always()' },
  });
  const told: unknown[] = [];
  ci.store.onCancelled((cancelled) => told.push(cancelled));
  const jobs = await ci.store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: NOW }, 1);
  expect(await ci.store.cancel(ci.run, WHY, NOW)).toMatchObject({
    ...{ isForced: false, ended: ['lint'], stopping: ['build'], kept: ['test', 'clean', 'tell', 'watch'] },
    run: { status: 'queued' },
  });
  expect(told).toEqual([{ job: jobs[0]!.job, execution: 1, runner: 'one', why: WHY, isForced: false }]);
  await ci.store.finish(resultOf(jobs[0]!.job, 1, { conclusion: 'cancelled', reason: `cancelled: ${WHY}` }), NOW);
  expect((await work(ci.store)).sort()).toEqual(['clean', 'tell', 'watch']);
  const { run, jobs: after } = (await ci.store.run(ci.run))!;
  expect(run).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
  expect(after.find(({ key }) => key === 'test')).toMatchObject({ conclusion: 'cancelled', reason: WHY });
});

test('cancelled a second time, nothing is spared', async () => {
  await using ci = await startRun({
    build: {},
    clean: { needs: ['build'], if: 'always()' },
    watch: { if: 'always()' },
  });
  const jobs = await claim(ci.store);
  expect(await ci.store.cancel(ci.run, WHY, NOW)).toMatchObject({ stopping: ['build'], kept: ['clean', 'watch'] });
  expect(await ci.store.cancel(ci.run, 'now', NOW)).toMatchObject({
    ...{ isForced: true, ended: ['clean'], stopping: ['build', 'watch'], kept: [] },
  });
  for (const { job } of jobs) await ci.store.finish(resultOf(job, 1, { conclusion: 'cancelled' }), NOW);
  expect((await ci.store.run(ci.run))?.run).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
});

test('the jobs of a called workflow are cancelled with their run', async () => {
  const jobs = { deploy: { uses: './x' }, more: { needs: ['deploy'], uses: './x' } };
  await using ci = await startRun(jobs, { './x': workflowOf({ a: {}, b: { needs: ['a'] } }) });
  await ci.store.cancel(ci.run, WHY, NOW);
  expect(await verdictsOf(ci.store, ci.run)).toEqual({
    ...{ deploy: 'cancelled', 'deploy/a': 'cancelled', 'deploy/b': 'cancelled', more: 'cancelled' },
  });
  expect((await ci.store.run(ci.run))?.run).toMatchObject({ conclusion: 'cancelled', reason: WHY });
});

test('a job under way that is lost after its run was cancelled is cancelled', async () => {
  await using ci = await startRun({ build: {} });
  const [job] = await claim(ci.store);
  await ci.store.cancel(ci.run, WHY, NOW);
  await ci.store.lose([{ job: job!.job, execution: 1 }], 'gone', 3, NOW);
  expect((await ci.store.run(ci.run))?.run).toMatchObject({ conclusion: 'cancelled', reason: WHY });
});

test('runs of found tests can be cancelled too; one that is over cannot, and one that is not there is not', async () => {
  await using ci = await openTestStore();
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const plan = [plannedJob('a'), plannedJob('b', { needs: ['a'] })];
  const [run] = await ci.store.dispatch(pushOf(id, [commitOf(1, plan)]), NOW);
  expect(await ci.store.cancel(run!, WHY, NOW)).toMatchObject({ run: { conclusion: 'cancelled' }, ended: ['a', 'b'] });
  await expect(ci.store.cancel(run!, WHY, NOW)).rejects.toMatchObject({ code: 'E_RUN_COMPLETED' });
  expect(await ci.store.cancel(99, WHY, NOW)).toBeUndefined();
});

test('removing a repository cancels what waits in its workflows', async () => {
  await using ci = await startRun(
    { call: { uses: './x' }, late: { needs: ['call'] } },
    { './x': workflowOf({ a: {} }) },
  );
  await ci.store.removeRepository(ci.repository, NOW);
  expect((await ci.store.run(ci.run))?.run).toMatchObject({
    ...{ status: 'completed', conclusion: 'cancelled', reason: 'its repository was removed' },
  });
});
