import { expect, test } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import type { FinishedExecution } from '../../src/store/finished-execution.ts';
import type { DispatchedCommit } from '../../src/store/new-dispatch.ts';
import { FakeExpander, planOf, workflowOf } from '../support/fake-expander.ts';
import {
  commitOf,
  newRepository,
  openTestStore,
  plannedJob,
  pushOf,
  resultOf,
  type TestStore,
} from '../support/store.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const REASON = 'reused from run 1, which tested the same tree';

/** Commit `n` whose verdict is named by `fingerprint`. */
function commit(n: number, fingerprint: string, more: Partial<Plan> = {}, isOn = true): DispatchedCommit {
  const base = commitOf(n);
  const parts = { tree: fingerprint, event: 'push', path: '', work: '', settings: '' };
  return { ...base, plan: { ...base.plan, reuse: { fingerprint, parts, isOn }, ...more } };
}

async function repositoryOf({ store }: TestStore, name?: string): Promise<number> {
  return (await store.addRepository(newRepository(name), AT)).id;
}

/** Dispatches a commit, executes what is to be executed, and shows the run. */
async function tested(
  { store }: TestStore,
  repository: number,
  one: DispatchedCommit,
  more: Partial<FinishedExecution> = {},
) {
  const [id = 0] = await store.dispatch(pushOf(repository, [one]), AT);
  for (;;) {
    const [claimed] = await store.claim({ runner: 'one', labels: [], leaseMs: 30_000, now: AT }, 1);
    if (claimed === undefined) break;
    await store.started(claimed.job, claimed.execution, new Date('2026-01-01T00:00:01Z'));
    const completedAt = new Date('2026-01-01T00:00:05Z');
    await store.finish(resultOf(claimed.job, claimed.execution, { completedAt, ...more }), completedAt);
  }
  const found = await store.run(id);
  if (found === undefined) throw new Error('there is no run');
  return found;
}

test('a run takes over the verdict of a run with the same fingerprint, and says whose', async () => {
  await using ci = await openTestStore();
  const id = await repositoryOf(ci);
  const first = await tested(ci, id, commit(1, 'a'));
  expect(first.run).toMatchObject({ conclusion: 'success', reusedFrom: null, reason: null });
  const { run, jobs } = await tested(ci, id, commit(2, 'a'));
  expect(run).toMatchObject({ number: 2, status: 'completed', conclusion: 'success', reason: REASON, completedAt: AT });
  expect(run.reusedFrom).toEqual({ run: first.run.id, number: 1 });
  expect(jobs).toMatchObject([{ state: 'completed', conclusion: 'skipped', reason: REASON, execution: 0 }]);
  expect((await ci.store.queue(10)).total).toBe(0);
  expect((await ci.store.events(0, 100)).at(-1)).toMatchObject({
    type: 'run.completed',
    data: { conclusion: 'success' },
  });
  expect((await ci.store.savings()).get(id)).toEqual({ runs: 1, savedMs: 4_000, wouldSaveRuns: 0, wouldSaveMs: 0 });
});

test('where it is off the run is executed, and the time that it would have saved is counted', async () => {
  await using ci = await openTestStore();
  const id = await repositoryOf(ci);
  for (const n of [1, 2, 3]) expect((await tested(ci, id, commit(n, 'a', {}, false))).jobs[0]?.execution).toBe(1);
  expect((await ci.store.savings()).get(id)).toEqual({ runs: 0, savedMs: 0, wouldSaveRuns: 2, wouldSaveMs: 8_000 });
});

test('another fingerprint, another repository, and one that has none are executed', async () => {
  await using ci = await openTestStore();
  const [one, two] = [await repositoryOf(ci, 'local/one'), await repositoryOf(ci, 'local/two')];
  await tested(ci, one, commit(1, 'a'));
  for (const found of [
    await tested(ci, one, commit(2, 'b')),
    await tested(ci, two, commit(2, 'a')),
    await tested(ci, one, commitOf(3)),
  ])
    expect(found.run.reusedFrom).toBeNull();
});

test.each(['failure', 'error', 'cancelled', 'timed_out'] as const)('a %s is never taken over', async (conclusion) => {
  await using ci = await openTestStore();
  const id = await repositoryOf(ci);
  await tested(ci, id, commit(1, 'a'), { conclusion });
  expect((await tested(ci, id, commit(2, 'a'))).run.reusedFrom).toBeNull();
});

test('a tree that fails after it passed does not pass without being tested any more', async () => {
  await using ci = await openTestStore();
  const id = await repositoryOf(ci);
  const first = await tested(ci, id, commit(1, 'a'));
  await ci.store.rerun(first.run.id, { failedOnly: false }, AT);
  await tested(ci, id, commit(9, 'other'), { conclusion: 'failure' });
  expect((await ci.store.run(first.run.id))?.run.conclusion).toBe('failure');
  expect((await tested(ci, id, commit(2, 'a'))).run.reusedFrom).toBeNull();
});

test('what passed only when it was tried again is executed the next time', async () => {
  await using ci = await openTestStore();
  const id = await repositoryOf(ci);
  const first = await tested(ci, id, commit(1, 'a'), { conclusion: 'failure' });
  await ci.store.rerun(first.run.id, { failedOnly: false }, AT);
  await tested(ci, id, commit(9, 'other'));
  expect((await ci.store.run(first.run.id))?.run.conclusion).toBe('success');
  expect((await tested(ci, id, commit(2, 'a'))).run.reusedFrom).toBeNull();
  expect((await tested(ci, id, commit(3, 'a'))).run.reusedFrom).toMatchObject({ number: 3 });
});

test('a rerun of a run that took over a verdict executes it', async () => {
  await using ci = await openTestStore();
  const id = await repositoryOf(ci);
  const jobs = [plannedJob('build'), plannedJob('test', { needs: ['build'] })];
  await tested(ci, id, commit(1, 'a', { jobs }));
  const { run } = await tested(ci, id, commit(2, 'a', { jobs }));
  await expect(ci.store.rerun(run.id, { failedOnly: true }, AT)).rejects.toMatchObject({ code: 'E_NOTHING_TO_RERUN' });
  const outcome = await ci.store.rerun(run.id, { failedOnly: false }, AT);
  expect(outcome).toMatchObject({ run: { status: 'queued', attempt: 2, reusedFrom: null, reason: null } });
  await tested(ci, id, commit(9, 'other'));
  expect(await ci.store.run(run.id)).toMatchObject({
    run: { conclusion: 'success', reusedFrom: null },
    jobs: [{ execution: 1 }, { execution: 1 }],
    attempts: [{ attempt: 1, conclusion: 'success', reason: REASON }],
  });
});

test('a workflow file whose verdict was taken over is expanded and executed by a rerun, too', async () => {
  await using ci = await openTestStore({ expander: new FakeExpander() });
  const id = await repositoryOf(ci);
  const plan = planOf(workflowOf({ build: {}, test: { needs: ['build'] } }));
  await tested(ci, id, commit(1, 'a', plan));
  const { run, jobs } = await tested(ci, id, commit(2, 'a', plan));
  expect(run.reusedFrom).toMatchObject({ number: 1 });
  expect(jobs.map(({ name, conclusion }) => `${name}: ${conclusion}`)).toEqual(['build: skipped', 'test: skipped']);
  await ci.store.rerun(run.id, { failedOnly: false }, AT);
  await tested(ci, id, commit(9, 'other'));
  expect(await ci.store.run(run.id)).toMatchObject({
    run: { conclusion: 'success', reusedFrom: null },
    jobs: [{ execution: 1 }, { execution: 1 }],
  });
});

test('a verdict from elsewhere is taken over until it is too old', async () => {
  await using ci = await openTestStore();
  const id = await repositoryOf(ci);
  await ci.store.rememberVerdict({ repository: id, fingerprint: 'a', durationMs: 700 }, AT);
  const { run } = await tested(ci, id, commit(1, 'a'));
  expect(run).toMatchObject({
    reusedFrom: { run: null, number: null },
    reason: expect.stringContaining('signalbox run'),
  });
  await ci.store.tidyVerdicts(new Date(+AT + 89 * 86_400_000));
  expect((await tested(ci, id, commit(2, 'a'))).run.reusedFrom).not.toBeNull();
  await ci.store.tidyVerdicts(new Date(+AT + 91 * 86_400_000));
  expect((await tested(ci, id, commit(3, 'a'))).run.reusedFrom).toBeNull();
});
