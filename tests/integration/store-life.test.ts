import { expect, test } from 'vitest';
import { commitOf, newRepository, openTestStore, plannedJob, pushOf, resultOf, shaOf } from '../support/store.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const claimOf = (labels: readonly string[] = []) => ({ runner: 'one', labels, leaseMs: 30_000, now: NOW });

test('a job is dispatched, claimed, started and finished, and completes its run', async () => {
  await using ci = await openTestStore();
  const { store } = ci;
  const repository = await store.addRepository(newRepository(), NOW);
  const [run = 0] = await store.dispatch(pushOf(repository.id, [commitOf(1)]), NOW);
  const [job] = await store.claim(claimOf(), 5);
  expect(job).toMatchObject({ execution: 1, sha: shaOf(1), repository: { name: 'local/app' }, run: { number: 1 } });
  expect(await store.claim(claimOf(), 5)).toEqual([]);
  expect(await store.started(job!.job, 1, NOW)).toBe(true);
  expect(await store.run(run)).toMatchObject({ run: { status: 'in_progress' }, jobs: [{ state: 'running' }] });
  const outcome = await store.finish(resultOf(job!.job, 1), NOW);
  expect(outcome).toMatchObject({ outcome: 'accepted', runCompleted: { id: run, conclusion: 'success' } });
  expect(await store.run(run)).toMatchObject({
    run: { status: 'completed', conclusion: 'success' },
    jobs: [
      { state: 'completed', executions: [{ number: 1, outcome: 'finished', logBytes: 10 }], steps: [{ index: 0 }] },
    ],
  });
  expect((await store.events(0, 100)).map((event) => event.type)).toEqual([
    'repository.added',
    'run.queued',
    'job.queued',
    'job.leased',
    'run.started',
    'job.started',
    'job.finished',
    'run.completed',
  ]);
});

test('a job that needs another waits for it, and is skipped when that one fails', async () => {
  await using ci = await openTestStore();
  const { store } = ci;
  const repository = await store.addRepository(newRepository(), NOW);
  const jobs = [plannedJob('build'), plannedJob('deploy', { needs: ['build'] })];
  await store.dispatch(pushOf(repository.id, [commitOf(1, jobs), commitOf(2, jobs)]), NOW);
  expect((await store.queue(10)).jobs.map((job) => job.waitsFor)).toEqual([[], ['build'], [], ['build']]);
  const [tip, before] = await store.claim(claimOf(), 5);
  expect([tip?.sha, before?.sha]).toEqual([shaOf(2), shaOf(1)]);
  expect(await store.finish(resultOf(tip!.job, 1), NOW)).toMatchObject({ runCompleted: null, unblocked: true });
  const red = resultOf(before!.job, 1, { conclusion: 'failure', exit: { status: 1 } });
  expect(await store.finish(red, NOW)).toMatchObject({ runCompleted: { conclusion: 'failure' }, unblocked: false });
  expect(await store.claim(claimOf(), 5)).toMatchObject([{ sha: shaOf(2), execution: 1 }]);
});
