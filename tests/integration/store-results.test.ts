import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { MIGRATIONS } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Tables } from '../../src/store/tables.ts';
import { commitOf, newRepository, openTestStore, plannedJob, pushOf, resultOf } from '../support/store.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-01-01T00:01:00Z');

/** A repository with one run of one job. */
async function dispatchOne(store: Store) {
  const { id } = await store.addRepository(newRepository(), NOW);
  const [run = 0] = await store.dispatch(pushOf(id, [commitOf(1)]), NOW);
  return { repository: id, run };
}

async function claimOne(store: Store, runner = 'one') {
  const [job] = await store.claim({ runner, labels: [], leaseMs: 30_000, now: NOW }, 1);
  return { job: job!.job, execution: job!.execution };
}

async function eventTypes(store: Store): Promise<string[]> {
  return (await store.events(0, 1000)).map((event) => event.type);
}

test('a result that is said again is accepted again, and changes nothing', async () => {
  await using ci = await openTestStore();
  await dispatchOne(ci.store);
  const { job } = await claimOne(ci.store);
  await ci.store.finish(resultOf(job, 1), NOW);
  const before = await eventTypes(ci.store);
  const again = await ci.store.finish(resultOf(job, 1, { conclusion: 'failure' }), LATER);
  expect(again).toEqual({ outcome: 'accepted', runCompleted: null, unblocked: false });
  expect(await eventTypes(ci.store)).toEqual(before);
  expect(await ci.store.job(job)).toMatchObject({ conclusion: 'success' });
});

test('a result under a lost lease is stale: it is kept as evidence and changes nothing', async () => {
  await using ci = await openTestStore();
  await dispatchOne(ci.store);
  const { job } = await claimOne(ci.store, 'slow');
  await ci.store.lose([{ job, execution: 1 }], 'its lease expired', 3, NOW);
  await claimOne(ci.store, 'quick');
  const late = resultOf(job, 1, { conclusion: 'failure', exit: { status: 1 } });
  expect(await ci.store.finish(late, LATER)).toEqual({ outcome: 'stale' });
  expect(await ci.store.finish(late, LATER)).toEqual({ outcome: 'stale' });
  expect(await ci.store.finish(resultOf(job, 2), LATER)).toMatchObject({ outcome: 'accepted' });
  expect(await ci.store.job(job)).toMatchObject({
    conclusion: 'success',
    executions: [
      { number: 1, runner: 'slow', outcome: 'stale', conclusion: 'failure', reason: 'its lease expired' },
      { number: 2, runner: 'quick', outcome: 'finished', conclusion: 'success' },
    ],
  });
  expect((await eventTypes(ci.store)).filter((type) => type === 'execution.stale')).toHaveLength(1);
});

test('a result of a job or an execution that never was is stale', async () => {
  await using ci = await openTestStore();
  await dispatchOne(ci.store);
  const { job } = await claimOne(ci.store);
  expect(await ci.store.finish(resultOf(job, 7), NOW)).toEqual({ outcome: 'stale' });
  expect(await ci.store.finish(resultOf(999, 1), NOW)).toEqual({ outcome: 'stale' });
  expect(await ci.store.started(job, 2, NOW)).toBe(false);
  expect(await ci.store.started(999, 1, NOW)).toBe(false);
});

test('a job that lost three runners ends with an error that names them', async () => {
  await using ci = await openTestStore();
  const { run } = await dispatchOne(ci.store);
  for (const runner of ['one', 'two', 'three']) {
    const held = await claimOne(ci.store, runner);
    const completed = await ci.store.lose([held], 'its connection was lost', 3, LATER);
    expect(completed).toHaveLength(runner === 'three' ? 1 : 0);
  }
  const detail = await ci.store.run(run);
  expect(detail?.run).toMatchObject({ status: 'completed', conclusion: 'error', completedAt: LATER });
  const reason =
    '3 runners were lost while they ran it: one: its connection was lost; two: its connection was lost; three: its connection was lost';
  expect(detail?.jobs).toMatchObject([{ state: 'completed', conclusion: 'error', reason }]);
  expect(detail?.jobs[0]?.executions.map((execution) => execution.outcome)).toEqual(['lost', 'lost', 'lost']);
  expect(detail?.run.reason).toBe(reason);
});

test('losing an execution that is over, or twice, changes nothing', async () => {
  await using ci = await openTestStore();
  await dispatchOne(ci.store);
  const held = await claimOne(ci.store);
  await ci.store.lose([held], 'gone', 3, NOW);
  await ci.store.lose([held, { job: 999, execution: 1 }], 'gone', 3, NOW);
  expect(await ci.store.job(held.job)).toMatchObject({ state: 'queued', executions: [{ outcome: 'lost' }] });
  expect((await ci.store.queue(10)).jobs).toMatchObject([{ executions: 1 }]);
});

test('started and steps that are said again write no event again', async () => {
  await using ci = await openTestStore();
  await dispatchOne(ci.store);
  const { job } = await claimOne(ci.store);
  const open = {
    index: 0,
    name: 'test',
    conclusion: null,
    startedAt: NOW,
    completedAt: null,
    exit: null,
    logOffset: 0,
  };
  for (const _ of [1, 2]) {
    expect(await ci.store.started(job, 1, NOW)).toBe(true);
    expect(await ci.store.step(job, 1, open)).toBe(true);
  }
  expect(await ci.store.step(job, 2, open)).toBe(false);
  expect((await eventTypes(ci.store)).slice(3)).toEqual(['job.leased', 'run.started', 'job.started', 'step.started']);
  expect(await ci.store.job(job)).toMatchObject({ steps: [open], executions: [{ outcome: null, runner: 'one' }] });
});

test('a heartbeat extends what its runner holds, and names what it does not', async () => {
  await using ci = await openTestStore();
  await dispatchOne(ci.store);
  const held = await claimOne(ci.store);
  expect(await ci.store.extend('one', [held, { job: held.job, execution: 9 }], LATER)).toEqual([
    { job: held.job, execution: 9 },
  ]);
  expect(await ci.store.extend('two', [held], NOW)).toEqual([held]);
  expect(await ci.store.openExecutions('one')).toEqual([
    { ...held, runner: 'one', state: 'leased', expiresAt: LATER, timeoutAt: null, exclusive: false },
  ]);
  await ci.store.started(held.job, 1, NOW);
  await ci.store.extendAll(NOW);
  expect(await ci.store.openExecutions()).toMatchObject([
    { state: 'running', expiresAt: NOW, timeoutAt: new Date(+NOW + 3_600_000) },
  ]);
  expect(await ci.store.openExecutions('two')).toEqual([]);
});

test('removing a repository cancels what waits, and what runs goes on to its end', async () => {
  await using ci = await openTestStore();
  const { repository, run } = await dispatchOne(ci.store);
  const { job } = await claimOne(ci.store);
  const chain = [plannedJob('a'), plannedJob('b', { needs: ['a'] })];
  const [waiting = 0] = await ci.store.dispatch(pushOf(repository, [commitOf(2, chain)]), NOW);
  expect(await ci.store.removeRepository(repository, LATER)).toEqual({ secrets: 0, variables: 0, credential: false });
  expect(await ci.store.removeRepository(repository, LATER)).toBeUndefined();
  expect(await ci.store.run(waiting)).toMatchObject({
    run: { status: 'completed', conclusion: 'cancelled', repository: 'local/app' },
    jobs: [{ conclusion: 'cancelled', reason: 'its repository was removed' }, { conclusion: 'cancelled' }],
  });
  expect(await ci.store.finish(resultOf(job, 1), LATER)).toMatchObject({ runCompleted: { id: run } });
  expect(await ci.store.repositories()).toEqual([]);
  expect((await ci.store.queue(10)).total).toBe(0);
  await expect(ci.store.dispatch(pushOf(repository, [commitOf(3)]), NOW)).rejects.toThrow(/there is no repository/);
});

test('a repository that comes back goes on with its run numbers', async () => {
  await using ci = await openTestStore();
  const { repository } = await dispatchOne(ci.store);
  await ci.store.removeRepository(repository, NOW);
  const back = await ci.store.addRepository(newRepository('local/app', { secret: 'new' }), LATER);
  expect(back).toMatchObject({ id: repository, secret: 'new', createdAt: LATER });
  const [run = 0] = await ci.store.dispatch(pushOf(back.id, [commitOf(2)]), LATER);
  expect((await ci.store.run(run))?.run.number).toBe(2);
});

test('a name is taken once, and what changes is read back', async () => {
  await using ci = await openTestStore();
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  await expect(ci.store.addRepository(newRepository(), NOW)).rejects.toMatchObject({ code: 'E_REPOSITORY_EXISTS' });
  await ci.store.dispatch(pushOf(id, [commitOf(1), commitOf(2)]), NOW);
  const [before] = await ci.store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: NOW }, 1);
  const changed = await ci.store.updateRepository(id, { sources: ['https://example.org/app.git'], gitDir: null });
  expect(changed).toMatchObject({ id, sources: ['https://example.org/app.git'], gitDir: null, secret: 'hidden' });
  expect(await ci.store.repositories()).toEqual([changed]);
  const [after] = await ci.store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: NOW }, 1);
  expect([before?.repository.gitDir, after?.repository.gitDir]).toEqual(['/src/local/app/.git', null]);
  await expect(ci.store.updateRepository(99, { secret: 'x' })).rejects.toMatchObject({ code: 'E_UNKNOWN_REPOSITORY' });
});

test('a job that is being cancelled and loses its runner is cancelled, and is not given again', async () => {
  await using ci = await openTestStore();
  const { run } = await dispatchOne(ci.store);
  const held = await claimOne(ci.store);
  const database = await openDatabase<Tables>(ci.path, MIGRATIONS);
  await database.write(async ({ db }) => {
    await db.updateTable('jobs').set({ state: 'cancelling' }).execute();
    await db.updateTable('leases').set({ cancel_reason: 'ada asked for it' }).execute();
  });
  await database.close();
  expect(await ci.store.openExecutions()).toMatchObject([{ ...held, state: 'cancelling' }]);
  expect(await ci.store.started(held.job, 1, NOW)).toBe(true);
  expect(await ci.store.job(held.job)).toMatchObject({ state: 'cancelling' });
  expect(await ci.store.lose([held], 'gone', 3, NOW)).toMatchObject([{ id: run, conclusion: 'cancelled' }]);
  expect(await ci.store.job(held.job)).toMatchObject({ state: 'completed', reason: 'ada asked for it' });
});
