import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestCase } from '../../src/model/findings.ts';
import type { FinishedExecution } from '../../src/store/finished-execution.ts';
import {
  commitOf,
  newRepository,
  openTestStore,
  plannedJob,
  pushOf,
  resultOf,
  SPEC,
  type TestStore,
} from '../support/store.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

let ci: TestStore;
beforeEach(async () => {
  ci = await openTestStore();
  await ci.store.addRepository(newRepository(), NOW);
});
afterEach(() => ci[Symbol.asyncDispose]());

/** A run of one job that may be retried so often. */
async function startRun(retries: number, more: Partial<typeof SPEC> = {}): Promise<number> {
  const job = plannedJob('test', { spec: { ...SPEC, retries, ...more } });
  const [run = 0] = await ci.store.dispatch(pushOf(1, [commitOf(1, [job])]), NOW);
  return run;
}

/** Gives the next job to a runner and finishes it so; what came of it. */
async function execute(more: Partial<FinishedExecution> = {}) {
  const [job] = await ci.store.claim({ runner: 'one', labels: [], leaseMs: 30_000, now: NOW }, 1);
  if (job === undefined) throw new Error('there is no job to execute');
  await ci.store.started(job.job, job.execution, NOW);
  return ci.store.finish(resultOf(job.job, job.execution, more), NOW);
}

const FAILED = { conclusion: 'failure', reason: 'exit code 1' } as const;
const detail = async (run: number) => (await ci.store.run(run))!;

describe('a job that fails and may be retried', () => {
  test('is executed again at once; if it passes then, job and run say that it was retried', async () => {
    const run = await startRun(2);
    expect(await execute(FAILED)).toEqual({ outcome: 'accepted', runCompleted: null, unblocked: true });
    const between = await detail(run);
    expect(between.run).toMatchObject({ status: 'in_progress', conclusion: null, isRetried: true });
    expect(between.jobs).toMatchObject([
      {
        ...{ state: 'queued', conclusion: null, isRetried: true },
        executions: [{ number: 1, outcome: 'finished', conclusion: 'failure', reason: 'exit code 1' }],
      },
    ]);
    expect(await execute()).toMatchObject({ runCompleted: { conclusion: 'success', isRetried: true } });
    const { jobs } = await detail(run);
    expect(jobs).toMatchObject([{ conclusion: 'success', isRetried: true, execution: 2 }]);
    expect((await ci.store.events(0, 100)).map(({ type }) => type)).toEqual([
      ...['repository.added', 'run.queued', 'job.queued', 'job.leased', 'run.started', 'job.started'],
      ...['job.retried', 'job.queued', 'job.leased', 'job.started', 'job.finished', 'run.completed'],
    ]);
  });

  test('fails for good once its retries are used up', async () => {
    const run = await startRun(1);
    await execute(FAILED);
    expect(await execute({ conclusion: 'timed_out' })).toMatchObject({
      runCompleted: { conclusion: 'timed_out', isRetried: true },
    });
    expect((await detail(run)).jobs).toMatchObject([{ execution: 2, conclusion: 'timed_out' }]);
  });

  test('counts anew in a rerun, whose success is a plain one if nothing failed in it', async () => {
    const run = await startRun(1);
    await execute(FAILED);
    await execute(FAILED);
    await ci.store.rerun(run, { failedOnly: false }, NOW);
    expect((await detail(run)).run.isRetried).toBe(false);
    expect(await execute()).toMatchObject({ runCompleted: { conclusion: 'success', attempt: 2, isRetried: false } });
    await ci.store.rerun(run, { failedOnly: false }, NOW);
    expect(await execute(FAILED)).toMatchObject({ runCompleted: null });
    expect(await execute()).toMatchObject({ runCompleted: { conclusion: 'success', attempt: 3, isRetried: true } });
  });

  test('makes the tests flaky that fail in one execution and pass in the other', async () => {
    const run = await startRun(1);
    const one = (conclusion: TestCase['conclusion']): TestCase[] => [
      { suite: 's', name: 'shaky', conclusion, durationMs: 1 },
      { suite: 's', name: 'solid', conclusion: 'success', durationMs: 1 },
    ];
    await execute({ ...FAILED, tests: one('failure') });
    expect(await ci.store.tests.ofRun(run)).toMatchObject({ failed: 1, flaky: 0 });
    await execute({ tests: one('success') });
    expect(await ci.store.tests.ofRun(run)).toMatchObject({
      ...{ passed: 2, failed: 0, flaky: 1 },
      noted: [{ name: 'shaky', execution: 2, hasRecovered: true, isFlaky: true, history: { failed: 1, runs: 1 } }],
    });
    expect(await ci.store.tests.flaky(1)).toMatchObject([{ name: 'shaky' }]);
  });
});

describe('a job is not retried', () => {
  test.each<[when: string, retries: number, spec: Partial<typeof SPEC>, result: Partial<FinishedExecution>]>([
    ['without such a setting', 0, {}, FAILED],
    ['when it passed', 3, {}, {}],
    ['when it could not be asked', 3, {}, { conclusion: 'error' as const }],
    ['when it was cancelled', 3, {}, { conclusion: 'cancelled' as const }],
    ['when it is exclusive: half a deployment is not repeated unasked', 3, { exclusive: true }, FAILED],
  ])('%s', async (_, retries, spec, result) => {
    const run = await startRun(retries, spec);
    const conclusion = result.conclusion ?? 'success';
    expect(await execute(result)).toMatchObject({ runCompleted: { conclusion, isRetried: false } });
    expect((await detail(run)).jobs).toMatchObject([{ conclusion, execution: 1, isRetried: false }]);
  });

  test('when somebody asked for its end', async () => {
    const run = await startRun(3);
    const [job] = await ci.store.claim({ runner: 'one', labels: [], leaseMs: 30_000, now: NOW }, 1);
    await ci.store.cancel(run, 'a person asked', NOW);
    const outcome = await ci.store.finish(resultOf(job!.job, 1, FAILED), NOW);
    expect(outcome).toMatchObject({ runCompleted: { isRetried: false } });
  });

  test('by a result that comes twice', async () => {
    const run = await startRun(3);
    const [job] = await ci.store.claim({ runner: 'one', labels: [], leaseMs: 30_000, now: NOW }, 1);
    await ci.store.finish(resultOf(job!.job, 1, FAILED), NOW);
    expect(await ci.store.finish(resultOf(job!.job, 1, FAILED), NOW)).toMatchObject({ outcome: 'accepted' });
    expect((await detail(run)).jobs).toMatchObject([{ state: 'queued', execution: 1 }]);
    expect((await ci.store.queue(10)).total).toBe(1);
  });
});

test('what needs a job waits until its retries have decided', async () => {
  const [run = 0] = await ci.store.dispatch(
    pushOf(1, [
      commitOf(1, [plannedJob('build', { spec: { ...SPEC, retries: 1 } }), plannedJob('test', { needs: ['build'] })]),
    ]),
    NOW,
  );
  await execute(FAILED);
  expect((await detail(run)).jobs.map(({ state }) => state)).toEqual(['queued', 'waiting']);
  await execute();
  expect((await detail(run)).jobs.map(({ state }) => state)).toEqual(['completed', 'queued']);
});
