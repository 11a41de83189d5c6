import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { openSibling } from '../../src/store/one-of-many.ts';
import { MIGRATIONS } from '../../src/store/open-store.ts';
import type { Tables } from '../../src/store/tables.ts';
import { commitWith, workflowOf } from '../support/fake-expander.ts';
import { claim, NOW, startRun, verdictsOf, work } from '../support/graph.ts';
import { pushOf, resultOf } from '../support/store.ts';

test('the legs of a matrix are jobs of their own, in the order of the matrix', async () => {
  await using ci = await startRun({ build: { legs: ['18', '20', '22'] }, done: { needs: ['build'] } });
  const { jobs } = (await ci.store.run(ci.run))!;
  expect(jobs.map(({ key, state }) => [key, state])).toEqual([
    ['build (18)', 'queued'],
    ['build (20)', 'queued'],
    ['build (22)', 'queued'],
    ['done', 'waiting'],
  ]);
  expect(jobs[1]).toMatchObject({ matrix: { value: '20' }, definition: 'build', isExpanded: true });
  expect(await work(ci.store)).toEqual(['build (18)', 'build (20)', 'build (22)', 'done']);
});

test('what needs a matrix waits for all of its legs, and gets one result and all outputs', async () => {
  await using ci = await startRun({
    build: { legs: ['a', 'b'], failFast: false },
    done: { needs: ['build'], if: 'always()' },
  });
  const [a, b] = await claim(ci.store);
  await ci.store.finish(resultOf(a!.job, 1, { conclusion: 'error', outputs: { a: '1', both: 'a' } }), NOW);
  expect(await claim(ci.store)).toEqual([]);
  await ci.store.finish(resultOf(b!.job, 1, { outputs: { b: '2', both: '' } }), NOW);
  const [done] = await claim(ci.store);
  expect(done?.workflow?.needs).toEqual({ build: { result: 'failure', outputs: { a: '1', b: '2', both: 'a' } } });
});

test('when a leg fails the others are cancelled, those that run too, and each says why', async () => {
  await using ci = await startRun({ build: { legs: ['1', '2', '3'] } });
  const told: unknown[] = [];
  ci.store.onCancelled((cancelled) => told.push(cancelled));
  const [one, two] = await claim(ci.store, 2);
  await ci.store.finish(resultOf(one!.job, 1, { conclusion: 'failure' }), NOW);
  expect(await verdictsOf(ci.store, ci.run)).toEqual({
    'build (1)': 'failure',
    'build (2)': 'cancelling',
    'build (3)': 'cancelled',
  });
  const why = 'fail-fast: build (1) failed';
  expect(told).toEqual([{ job: two!.job, execution: 1, runner: 'one', why, isForced: false }]);
  expect((await ci.store.run(ci.run))?.jobs[2]?.reason).toBe(why);
  expect(await ci.store.openExecutions()).toMatchObject([{ state: 'cancelling', why }]);
  await ci.store.finish(resultOf(two!.job, 1, { conclusion: 'cancelled', reason: why }), NOW);
  expect((await ci.store.run(ci.run))?.run).toMatchObject({ status: 'completed', conclusion: 'failure' });
});

test('a leg that may fail does not end the others, nor fail the run', async () => {
  await using ci = await startRun({ build: { legs: ['1', '2'], continueOnError: true }, done: { needs: ['build'] } });
  expect(await work(ci.store, { 'build (1)': 'failure' })).toEqual(['build (1)', 'build (2)', 'done']);
  expect((await ci.store.run(ci.run))?.run.conclusion).toBe('success');
});

test('with max-parallel the other legs wait for a place', async () => {
  await using ci = await startRun({ build: { legs: ['1', '2', '3', '4'], maxParallel: 2 } });
  const jobs = await claim(ci.store);
  expect(jobs).toHaveLength(2);
  const { jobs: waiting } = await ci.store.queue(10);
  expect(waiting.map(({ why }) => why)).toEqual(Array(2).fill('at most 2 jobs of build run at once'));
  await ci.store.finish(resultOf(jobs[0]!.job, 1), NOW);
  expect(await claim(ci.store)).toHaveLength(1);
  expect(await work(ci.store)).toEqual([]);
});

test('a job whose label is mapped to skip is skipped with the reason', async () => {
  await using ci = await startRun({ mac: { skip: 'macos-latest is skipped by the setting labels' } });
  expect((await ci.store.run(ci.run))?.run).toMatchObject({
    ...{ conclusion: 'skipped', reason: 'macos-latest is skipped by the setting labels' },
  });
});

test('a matrix can come from an output', async () => {
  await using ci = await startRun({ plan: {}, build: { needs: ['plan'], legs: { needs: 'plan.legs' } } });
  expect(await work(ci.store, { plan: { outputs: { legs: 'x,y' } } })).toEqual(['plan', 'build (x)', 'build (y)']);
});

const called = workflowOf({ compile: {}, check: { needs: ['compile'] } }, {}, { version: 'compile.version' });

test('a called workflow is jobs of the run, and its caller ends with them', async () => {
  const jobs = { deploy: { uses: './called.yml' }, after: { needs: ['deploy'] } };
  await using ci = await startRun(jobs, { './called.yml': called });
  const rows = (await ci.store.run(ci.run))!.jobs;
  expect(rows.map(({ key, name, kind, state, parent }) => [key, name, kind, state, parent])).toEqual([
    ['deploy', 'deploy', 'call', 'waiting', null],
    ['deploy/compile', 'deploy / compile', 'job', 'queued', rows[0]!.id],
    ['deploy/check', 'deploy / check', 'job', 'waiting', rows[0]!.id],
    ['after', 'after', 'job', 'waiting', null],
  ]);
  expect((await ci.store.queue(10)).jobs.map(({ name }) => name)).toEqual([
    'after',
    'deploy / compile',
    'deploy / check',
  ]);
  const [compile] = await claim(ci.store);
  expect(compile?.workflow).toMatchObject({ job: 'compile', scope: { calls: ['./called.yml'], names: ['deploy'] } });
  await ci.store.finish(resultOf(compile!.job, 1, { outputs: { version: '7' } }), NOW);
  const [check] = await claim(ci.store);
  await ci.store.finish(resultOf(check!.job, 1), NOW);
  const [after] = await claim(ci.store);
  expect(after?.workflow?.needs).toEqual({ deploy: { result: 'success', outputs: { version: '7' } } });
});

test('a call in a matrix, of a call: what fails inside ends the other legs, and the verdict goes up', async () => {
  const inner = workflowOf({ work: { uses: './called.yml' } }, { './called.yml': called });
  await using ci = await startRun({ deploy: { uses: './inner.yml', legs: ['a', 'b'] } }, { './inner.yml': inner });
  const jobs = await claim(ci.store);
  expect(jobs).toHaveLength(2);
  await ci.store.finish(resultOf(jobs[0]!.job, 1, { conclusion: 'failure' }), NOW);
  expect(await verdictsOf(ci.store, ci.run)).toEqual({
    'deploy (a)': 'failure',
    'deploy (a)/work': 'failure',
    'deploy (a)/work/compile': 'failure',
    'deploy (a)/work/check': 'skipped',
    'deploy (b)': 'waiting',
    'deploy (b)/work': 'waiting',
    'deploy (b)/work/compile': 'cancelling',
    'deploy (b)/work/check': 'cancelled',
  });
  await ci.store.finish(resultOf(jobs[1]!.job, 1, { conclusion: 'cancelled' }), NOW);
  expect((await ci.store.run(ci.run))?.run.conclusion).toBe('failure');
});

test('a call whose jobs are all skipped is skipped, and a job of another call may have the same key', async () => {
  const skips = workflowOf({ x: { if: 'false' } });
  // `a` is called, and another job is so called that its leg looks like one of a's
  await using ci = await startRun({ a: { uses: './skips.yml' }, 'a/x': {} }, { './skips.yml': skips });
  expect(await work(ci.store)).toEqual(['a/x']);
  expect(await verdictsOf(ci.store, ci.run)).toMatchObject({ a: 'skipped', 'a/x': 'success', 'a/x #2': 'skipped' });
});

test('a job with a label that no runner ever had ends at once, in words; once one had it, it waits', async () => {
  await using ci = await startRun({ plain: {}, gpu: { needs: ['plain'], labels: ['gpu'] } });
  await ci.store.runnerSeen(['linux', 'x64'], NOW);
  await ci.store.runnerSeen(['x64', 'linux'], NOW);
  await work(ci.store);
  const reason =
    'no runner has ever offered the label gpu; start one with `signalbox runner --labels gpu`, or say what it means with the setting `labels:`';
  expect((await ci.store.run(ci.run))?.run).toMatchObject({ conclusion: 'error', reason });
  await ci.store.runnerSeen(['gpu'], NOW);
  await ci.store.dispatch(pushOf(ci.repository, [commitWith(2, workflowOf({ gpu: { labels: ['gpu'] } }))]), NOW);
  await ci.store.dispatch(
    pushOf(ci.repository, [commitWith(3, workflowOf({ gpu: { labels: ['gpu', 'linux'] } }))]),
    NOW,
  );
  const runs = await ci.store.runs({});
  expect(runs.map(({ status }) => status)).toEqual(['completed', 'queued', 'completed']);
  expect(runs[0]?.reason).toMatch(/^no runner has ever offered the labels gpu, linux together;/);
});

test('where no runner was ever here, a job with labels waits for one', async () => {
  await using ci = await startRun({ gpu: { labels: ['gpu'] } });
  expect(await verdictsOf(ci.store, ci.run)).toEqual({ gpu: 'queued' });
});

test('the end of one leg of many is looked up in an index, not among all jobs of the run', async () => {
  const database = await openDatabase<Tables>(':memory:', MIGRATIONS);
  const plan = await database.read(async ({ db }) => {
    const { sql: text } = openSibling.define(db, { id: 1, isFailure: 0 }).compile();
    return sql<{ detail: string }>`explain query plan ${sql.raw(text.replaceAll('?', '1'))}`.execute(db);
  });
  expect(plan.rows.map(({ detail }) => detail)).toEqual([
    'SEARCH own USING INTEGER PRIMARY KEY (rowid=?)',
    'SEARCH other USING INDEX jobs_open (run=? AND parent=? AND definition=?)',
  ]);
  await database.close();
});
