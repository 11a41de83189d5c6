import { expect, test } from 'vitest';
import { workflowOf } from '../support/fake-expander.ts';
import { claim, NOW, startRun, verdictsOf, work } from '../support/graph.ts';
import { commitOf, newRepository, openTestStore, plannedJob, pushOf, resultOf } from '../support/store.ts';

const LATER = new Date('2026-01-02T00:00:00Z');

test('a rerun is the next attempt of the same run: all jobs again, and the former verdict stays on record', async () => {
  await using ci = await startRun({ build: { legs: ['a', 'b'] }, test: { needs: ['build'] } });
  await work(ci.store, { test: 'failure' });
  const before = (await ci.store.run(ci.run))!;
  const outcome = await ci.store.rerun(ci.run, { failedOnly: false }, LATER);
  expect(outcome).toMatchObject({ rerun: ['build (a)', 'build (b)', 'test'], kept: [] });
  expect(outcome?.run).toMatchObject({ id: ci.run, attempt: 2, status: 'queued', conclusion: null, reason: null });
  expect(outcome?.run).toMatchObject({ receivedAt: before.run.receivedAt, dispatchedAt: LATER });
  expect(await verdictsOf(ci.store, ci.run)).toEqual({ 'build (a)': 'queued', 'build (b)': 'queued', test: 'waiting' });
  const [a] = await claim(ci.store, 1);
  expect(a).toMatchObject({ execution: 2, run: { attempt: 2 }, workflow: { run: { attempt: 2 } } });
  await ci.store.finish(resultOf(a!.job, 2), LATER);
  await work(ci.store);
  const after = (await ci.store.run(ci.run))!;
  expect(after.run).toMatchObject({ conclusion: 'success', attempt: 2 });
  expect(after.attempts).toMatchObject([{ attempt: 1, conclusion: 'failure' }]);
  expect(after.jobs.map(({ id }) => id)).toEqual(before.jobs.map(({ id }) => id));
  expect(after.jobs.map(({ executions }) => executions.length)).toEqual([2, 2, 2]);
  const events = (await ci.store.events(0, 1000)).filter(
    ({ type }) => type === 'run.queued' || type === 'run.completed',
  );
  expect(events.map(({ type, data }) => [type, data.attempt ?? 1])).toEqual([
    ['run.queued', 1],
    ['run.completed', 1],
    ['run.queued', 2],
    ['run.completed', 1],
  ]);
});

test('a rerun of what failed keeps the rest, and runs what comes after again', async () => {
  await using ci = await startRun({
    lint: {},
    build: { legs: ['a', 'b'], failFast: false },
    test: { needs: ['build'] },
    report: { needs: ['test'], if: 'always()' },
  });
  await work(ci.store, { 'build (b)': 'failure', lint: { outputs: { said: 'yes' } } });
  expect(await ci.store.rerun(ci.run, { failedOnly: true }, LATER)).toMatchObject({
    ...{ rerun: ['build (b)', 'test', 'report'], kept: ['lint', 'build (a)'] },
  });
  expect(await verdictsOf(ci.store, ci.run)).toEqual({
    ...{ lint: 'success', 'build (a)': 'success', 'build (b)': 'queued', test: 'waiting', report: 'waiting' },
  });
  expect(await work(ci.store)).toEqual(['build (b)', 'test', 'report']);
  const { run, jobs } = (await ci.store.run(ci.run))!;
  expect(run.conclusion).toBe('success');
  expect(jobs.map(({ executions }) => executions.length)).toEqual([1, 1, 2, 1, 2]);
  expect(jobs[0]?.outputs).toEqual({ said: 'yes' });
});

test('what a job said in a former attempt does not count in the next', async () => {
  await using ci = await startRun({ build: {}, test: { needs: ['build'] } });
  await work(ci.store, { build: { outputs: { a: '1' }, summary: 'first' } });
  await ci.store.rerun(ci.run, { failedOnly: false }, LATER);
  const [build] = await claim(ci.store);
  expect(await ci.store.job(build!.job)).toMatchObject({ outputs: {}, summary: null, steps: [] });
  await ci.store.finish(resultOf(build!.job, 2), LATER);
  const [test] = await claim(ci.store);
  expect(test?.workflow?.needs).toEqual({ build: { result: 'success', outputs: {} } });
});

test('a job that does nothing in a later attempt does not show what it did in an earlier one', async () => {
  await using ci = await startRun({ build: {}, test: { needs: ['build'] } });
  await work(ci.store);
  await ci.store.rerun(ci.run, { failedOnly: false }, LATER);
  await work(ci.store, { build: 'failure' });
  const { jobs } = (await ci.store.run(ci.run))!;
  expect(jobs[1]).toMatchObject({ conclusion: 'skipped', steps: [], runner: null, execution: 1 });
});

test('legs that a later attempt does not have are not part of it, those it has again are the same jobs', async () => {
  await using ci = await startRun({ plan: {}, build: { needs: ['plan'], legs: { needs: 'plan.legs' } } });
  const ids = async () => new Map((await ci.store.run(ci.run))!.jobs.map(({ key, id }) => [key, id]));
  const attempt = async (legs: string) => {
    await work(ci.store, { plan: { outputs: { legs } } });
    return ids();
  };
  const first = await attempt('a,b');
  await ci.store.rerun(ci.run, { failedOnly: false }, LATER);
  const second = await attempt('b,c');
  expect([...second.keys()]).toEqual(['plan', 'build (b)', 'build (c)']);
  expect(second.get('build (b)')).toBe(first.get('build (b)'));
  await ci.store.rerun(ci.run, { failedOnly: false }, LATER);
  const third = await attempt('c,a,b,d');
  expect([...third.keys()]).toEqual(['plan', 'build (c)', 'build (a)', 'build (b)', 'build (d)']);
  expect(third.get('build (b)')).toBe(first.get('build (b)'));
  await ci.store.rerun(ci.run, { failedOnly: false }, LATER);
  expect([...(await attempt('d')).keys()]).toEqual(['plan', 'build (d)']);
  expect((await ci.store.run(ci.run))?.run).toMatchObject({ attempt: 4, conclusion: 'success' });
});

test('the jobs of called workflows are tried again too: all, or those that failed', async () => {
  const called = workflowOf({ a: {}, b: {}, c: { needs: ['b'] } });
  await using ci = await startRun(
    { call: { uses: './x', legs: ['1', '2'], failFast: false }, after: { needs: ['call'] } },
    { './x': called },
  );
  await work(ci.store, { 'call (2)/b': 'failure' });
  const before = (await ci.store.run(ci.run))!.jobs.map(({ id }) => id);
  expect(await ci.store.rerun(ci.run, { failedOnly: true }, LATER)).toMatchObject({
    rerun: ['call (2) / b', 'call (2) / c', 'after'],
    kept: ['call (1) / a', 'call (1) / b', 'call (1) / c', 'call (2) / a'],
  });
  expect(await work(ci.store)).toEqual(['call (2)/b', 'call (2)/c', 'after']);
  expect((await ci.store.run(ci.run))?.run).toMatchObject({ conclusion: 'success', attempt: 2 });
  await ci.store.rerun(ci.run, { failedOnly: false }, LATER);
  expect(await work(ci.store)).toHaveLength(7);
  const { run, jobs } = (await ci.store.run(ci.run))!;
  expect(run).toMatchObject({ conclusion: 'success', attempt: 3 });
  expect(jobs.map(({ id }) => id)).toEqual(before);
});

test('a rerun takes its turn in the concurrency group of its run like a new one', async () => {
  await using ci = await startRun({ build: { concurrency: 'x' } });
  await work(ci.store, { build: 'failure' });
  await ci.store.rerun(ci.run, { failedOnly: true }, LATER);
  await work(ci.store);
  expect((await ci.store.run(ci.run))?.run).toMatchObject({ conclusion: 'success', attempt: 2 });
});

test('a cancelled run can be tried again, and is not cancelled any more', async () => {
  await using ci = await startRun({ build: {}, test: { needs: ['build'] } });
  await ci.store.cancel(ci.run, 'Ada asked for it', NOW);
  expect((await ci.store.run(ci.run))?.run.conclusion).toBe('cancelled');
  await ci.store.rerun(ci.run, { failedOnly: true }, LATER);
  expect(await work(ci.store)).toEqual(['build', 'test']);
  expect((await ci.store.run(ci.run))?.run.conclusion).toBe('success');
});

test('runs of found tests are tried again by the same means', async () => {
  await using ci = await openTestStore();
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const jobs = [plannedJob('a'), plannedJob('b'), plannedJob('c', { needs: ['b'] })];
  const [run] = await ci.store.dispatch(pushOf(id, [commitOf(1, jobs)]), NOW);
  await expect(ci.store.rerun(run!, { failedOnly: false }, NOW)).rejects.toMatchObject({ code: 'E_RUN_NOT_COMPLETED' });
  await work(ci.store, { b: 'failure' });
  expect(await ci.store.rerun(run!, { failedOnly: true }, LATER)).toMatchObject({ rerun: ['b', 'c'], kept: ['a'] });
  expect(await work(ci.store)).toEqual(['b', 'c']);
  expect((await ci.store.run(run!))?.run).toMatchObject({ conclusion: 'success', attempt: 2 });
  await expect(ci.store.rerun(run!, { failedOnly: true }, NOW)).rejects.toMatchObject({ code: 'E_NOTHING_TO_RERUN' });
  await ci.store.rerun(run!, { failedOnly: false }, LATER);
  expect(await work(ci.store)).toEqual(['a', 'b', 'c']);
  expect(await ci.store.rerun(99, { failedOnly: false }, NOW)).toBeUndefined();
});

test('a run without jobs cannot be tried again', async () => {
  await using ci = await openTestStore();
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const [run] = await ci.store.dispatch(pushOf(id, [commitOf(1, [])]), NOW);
  await expect(ci.store.rerun(run!, { failedOnly: false }, NOW)).rejects.toMatchObject({ code: 'E_NOTHING_TO_RERUN' });
});
