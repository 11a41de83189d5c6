import { expect, test } from 'vitest';
import { commitOf, newRepository, openTestStore, pushOf, resultOf, shaOf } from '../support/store.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

test('a push that is told twice makes its runs once, and remembers all who told', async () => {
  await using ci = await openTestStore();
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const first = await ci.store.dispatch(pushOf(id, [commitOf(1), commitOf(2)]), NOW);
  const again = await ci.store.dispatch(pushOf(id, [commitOf(1), commitOf(2)], { trigger: 'watch' }), NOW);
  expect(again).toEqual(first);
  await ci.store.dispatch(pushOf(id, [commitOf(1), commitOf(2)], { trigger: 'watch' }), NOW);
  expect(await ci.store.runs({})).toMatchObject([
    { number: 2, trigger: 'hook', sources: ['hook', 'watch'] },
    { number: 1, trigger: 'hook', sources: ['hook', 'watch'] },
  ]);
  const types = (await ci.store.events(0, 100)).map((event) => event.type);
  expect(types.filter((type) => type === 'run.sourced')).toHaveLength(2);
});

test('run numbers follow the order of commits, in each repository by itself, also when pushes come at once', async () => {
  await using ci = await openTestStore();
  const one = await ci.store.addRepository(newRepository('local/one'), NOW);
  const two = await ci.store.addRepository(newRepository('local/two'), NOW);
  const pushes = Array.from({ length: 60 }, (_, n) => pushOf(n % 2 ? one.id : two.id, [commitOf(n)]));
  const ids = (await Promise.all(pushes.map((push) => ci.store.dispatch(push, NOW)))).flat();
  const numbers = await Promise.all(ids.map(async (id) => (await ci.store.run(id))?.run.number));
  expect(numbers).toEqual(Array.from({ length: 60 }, (_, n) => Math.floor(n / 2) + 1));
});

test('the same commit is another run for another repository, workflow, event, key ref or occurrence', async () => {
  await using ci = await openTestStore();
  const one = await ci.store.addRepository(newRepository('local/one'), NOW);
  const two = await ci.store.addRepository(newRepository('local/two'), NOW);
  const commit = commitOf(1);
  const plan = { ...commit.plan, workflow: 'lint', keyRef: 'refs/heads/main' };
  const dispatches = [
    pushOf(one.id, [commit]),
    pushOf(two.id, [commit]),
    pushOf(one.id, [{ ...commit, plan }]),
    pushOf(one.id, [{ ...commit, plan: { ...plan, keyRef: 'refs/heads/other' } }]),
    pushOf(one.id, [commit], { event: 'workflow_dispatch' }),
    pushOf(one.id, [commit], { event: 'workflow_dispatch', occurrence: 'b1' }),
  ];
  const ids = [];
  for (const dispatch of [...dispatches, ...dispatches]) ids.push(...(await ci.store.dispatch(dispatch, NOW)));
  expect(new Set(ids).size).toBe(6);
  const other = { ref: 'refs/heads/other' };
  ids.push(...(await ci.store.dispatch(pushOf(one.id, [{ ...commit, plan: { ...plan, keyRef: 'x' } }], other), NOW)));
  const newest = await ci.store.runsOfCommit(shaOf(1));
  expect(newest.map((run) => [run.repository, run.workflow, run.event, run.ref].join(' '))).toEqual([
    'local/one lint push refs/heads/other',
    'local/one tests workflow_dispatch refs/heads/main',
    'local/one lint push refs/heads/main',
    'local/two tests push refs/heads/main',
    'local/one tests push refs/heads/main',
  ]);
});

test('a commit without jobs is a run that was skipped, with the reason', async () => {
  await using ci = await openTestStore();
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const [run = 0] = await ci.store.dispatch(pushOf(id, [commitOf(1, [])]), NOW);
  expect(await ci.store.run(run)).toMatchObject({
    run: { status: 'completed', conclusion: 'skipped', reason: 'no tests were found', completedAt: NOW },
    jobs: [],
  });
  expect((await ci.store.events(0, 100)).at(-1)).toMatchObject({ type: 'run.completed', run });
  const known = new Map([
    [shaOf(1), [{ id: run, workflow: 'tests', keyRef: '', isSkipped: true, isLeftOut: false, isPartial: false }]],
  ]);
  expect(await ci.store.knownRuns(id, [shaOf(1), shaOf(2)])).toEqual(known);
});

test('a deleted ref is told of, and makes no run', async () => {
  await using ci = await openTestStore();
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  expect(await ci.store.dispatch(pushOf(id, [], { ref: 'refs/heads/gone', before: shaOf(1) }), NOW)).toEqual([]);
  expect((await ci.store.events(0, 100)).at(-1)).toMatchObject({
    type: 'ref.deleted',
    repository: 'local/app',
    data: { ref: 'refs/heads/gone', before: shaOf(1) },
  });
});

test('runs are listed newest first, a page at a time, by all that is asked for', async () => {
  await using ci = await openTestStore();
  const one = await ci.store.addRepository(newRepository('local/one'), NOW);
  const two = await ci.store.addRepository(newRepository('local/two'), NOW);
  await ci.store.dispatch(pushOf(one.id, [commitOf(1), commitOf(2)]), NOW);
  await ci.store.dispatch(pushOf(two.id, [commitOf(3)], { ref: 'refs/heads/100%_done' }), NOW);
  const [job] = await ci.store.claim({ runner: 'one', labels: [], leaseMs: 1, now: NOW, repository: two.id }, 1);
  await ci.store.finish(resultOf(job!.job, 1), NOW);
  const list = async (filter: Parameters<typeof ci.store.runs>[0]) =>
    (await ci.store.runs(filter)).map((run) => Number.parseInt(run.sha, 16));
  expect(await list({})).toEqual([3, 2, 1]);
  expect(await list({ limit: 1 })).toEqual([3]);
  expect(await list({ before: 3, limit: 1 })).toEqual([2]);
  expect(await list({ repository: 'local/one' })).toEqual([2, 1]);
  expect(await list({ status: 'completed' })).toEqual([3]);
  expect(await list({ status: 'queued' })).toEqual([2, 1]);
  expect(await list({ conclusion: 'success' })).toEqual([3]);
  expect(await list({ ref: 'refs/heads/100%_done' })).toEqual([3]);
  expect(await list({ sha: shaOf(2) })).toEqual([2]);
  expect(await list({ repository: 'local/none' })).toEqual([]);
});

test('listeners are called after the commit, once for all events of it', async () => {
  await using ci = await openTestStore();
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  expect(await ci.store.lastEvent()).toBe(1);
  const told = () => new Promise((resolve) => setImmediate(resolve));
  await told();
  const seen: Promise<number>[] = [];
  const stop = ci.store.onEvents(() => seen.push(ci.store.lastEvent()));
  await Promise.all([
    ci.store.dispatch(pushOf(id, [commitOf(1)]), NOW),
    ci.store.dispatch(pushOf(id, [commitOf(2)]), NOW),
  ]);
  await told();
  expect(await Promise.all(seen)).toEqual([5]);
  stop();
  await ci.store.dispatch(pushOf(id, [commitOf(3)]), NOW);
  await told();
  expect(seen).toHaveLength(1);
  expect((await ci.store.events(5, 1)).map((event) => event.type)).toEqual(['run.queued']);
});
