import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestCase } from '../../src/model/findings.ts';
import { commitOf, newRepository, openTestStore, pushOf, resultOf, shaOf, type TestStore } from '../support/store.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const TREE = shaOf(7_777);

let ci: TestStore;
let app: number;
let commits = 0;
beforeEach(async () => {
  ci = await openTestStore();
  app = (await ci.store.addRepository(newRepository(), NOW)).id;
});
afterEach(() => ci[Symbol.asyncDispose]());

const passing = (name: string): TestCase => ({ suite: 'cart', name, conclusion: 'success', durationMs: 1.5 });
const failing = (name: string): TestCase => ({
  ...passing(name),
  conclusion: 'failure',
  message: 'expected 3\ngot 4',
  file: 'tests/cart.test.js',
  line: 9,
});
const skipped = (name: string): TestCase => ({ ...passing(name), conclusion: 'skipped', durationMs: null });

/** One run of one job whose reports say this; its id and the job's. */
async function runWith(tests: readonly TestCase[], tree = shaOf(1_000_000 + ++commits)) {
  const { store } = ci;
  commits += 1;
  const [run = 0] = await store.dispatch(pushOf(app, [{ ...commitOf(commits), tree }]), NOW);
  const [claimed] = await store.claim({ runner: 'one', labels: [], leaseMs: 30_000, now: NOW }, 1);
  const conclusion = tests.some((one) => one.conclusion === 'failure') ? 'failure' : 'success';
  const said = tests.length === 0 ? {} : { tests };
  await store.finish(resultOf(claimed!.job, claimed!.execution, { conclusion, ...said }), NOW);
  return { run, job: claimed!.job };
}

describe('the tests of a run', () => {
  test('are counted, and those that failed are told with message, place and history', async () => {
    const { run, job } = await runWith([passing('adds'), failing('totals'), skipped('empties')]);
    expect(await ci.store.tests.ofRun(run)).toEqual({
      ...{ passed: 1, failed: 1, skipped: 1, flaky: 0 },
      noted: [
        {
          ...failing('totals'),
          ...{ job, jobName: 'test', execution: 1, hasRecovered: false, isFlaky: false },
          history: { failed: 1, runs: 1, failedTries: 1, tries: 1 },
        },
      ],
    });
    expect((await ci.store.tests.allOfRun(run)).map(({ name }) => name)).toEqual(['totals', 'adds', 'empties']);
  });

  test('that have no names are counted, in the last execution of each job', async () => {
    const { store } = ci;
    const [run = 0] = await store.dispatch(pushOf(app, [commitOf(++commits)]), NOW);
    const [claimed] = await store.claim({ runner: 'one', labels: [], leaseMs: 30_000, now: NOW }, 1);
    const said = { tests: [failing('totals'), passing('adds')], unnamedTests: { passed: 85, skipped: 2 } };
    await store.finish(resultOf(claimed!.job, claimed!.execution, { conclusion: 'failure', ...said }), NOW);
    expect(await store.tests.ofRun(run)).toMatchObject({ passed: 86, failed: 1, skipped: 2 });
    expect(await store.tests.allOfRun(run)).toHaveLength(2);
  });

  test('are nothing where there was no report', async () => {
    const { run } = await runWith([]);
    expect(await ci.store.tests.ofRun(run)).toBeUndefined();
    expect(await ci.store.tests.allOfRun(run)).toEqual([]);
  });

  test('of 5,000 take little room, and come back as they were', async () => {
    const tests = Array.from({ length: 5_000 }, (_, n) => passing(`does thing number ${n} as it should be done`));
    const { run, job } = await runWith(tests);
    const all = await ci.store.tests.allOfRun(run);
    const more = { job, jobName: 'test', execution: 1, hasRecovered: false, isFlaky: false };
    expect(all).toEqual(tests.map((one) => ({ ...one, ...more })));
    expect(await ci.store.tests.ofRun(run)).toMatchObject({ passed: 5_000, noted: [] });
  });
});

describe('the history of a test', () => {
  test('counts its last 20 runs, without those that skipped it or did not have it', async () => {
    for (let n = 0; n < 25; n++) await runWith([n % 5 === 0 ? failing('totals') : passing('totals')]);
    await runWith([skipped('totals')]);
    await runWith([passing('adds')]);
    const { run } = await runWith([failing('totals')]);
    const [noted] = (await ci.store.tests.ofRun(run))?.noted ?? [];
    // of the last 20 runs with a report two did not run it, and 3 of the 17 others failed, and this one
    expect(noted).toMatchObject({ name: 'totals', isFlaky: false, history: { failed: 4, runs: 18 } });
  });

  test('ends with the run that is looked at', async () => {
    const { run } = await runWith([failing('totals')]);
    await runWith([passing('totals')]);
    expect((await ci.store.tests.ofRun(run))?.noted).toMatchObject([{ history: { failed: 1, runs: 1 } }]);
  });
});

describe('a test is flaky', () => {
  test('when it both failed and passed on one tree, and is called so where it fails again', async () => {
    const before = await runWith([failing('totals'), passing('adds'), failing('broken')], TREE);
    expect((await ci.store.tests.ofRun(before.run))?.noted.map(({ isFlaky }) => isFlaky)).toEqual([false, false]);
    await runWith([passing('totals'), passing('adds'), failing('broken')], TREE);
    const { run } = await runWith([failing('totals'), failing('adds')]);
    expect((await ci.store.tests.ofRun(run))?.noted).toMatchObject([
      { name: 'totals', isFlaky: true, history: { failed: 2, runs: 3 } },
      { name: 'adds', isFlaky: false, history: { failed: 1, runs: 3 } },
    ]);
    expect(await ci.store.tests.flaky(app)).toEqual([
      {
        ...{ workflow: 'tests', job: 'test', suite: 'cart', name: 'totals', times: 1, firstAt: NOW, lastAt: NOW },
        lastRun: before.run + 1,
        history: { failed: 2, runs: 3, failedTries: 2, tries: 3 },
      },
    ]);
  });

  test('when its own runner says that it passed after it had failed', async () => {
    const { run } = await runWith([{ ...passing('totals'), isFlaky: true }]);
    expect(await ci.store.tests.ofRun(run)).toMatchObject({
      ...{ passed: 1, failed: 0, flaky: 1 },
      noted: [
        {
          name: 'totals',
          hasRecovered: true,
          isFlaky: true,
          history: { failed: 1, runs: 1, failedTries: 1, tries: 2 },
        },
      ],
    });
    expect(await ci.store.tests.flaky(app)).toMatchObject([{ name: 'totals', times: 1 }]);
  });

  test('but not when the code changed, when it was skipped, or when one of several with its name fails always', async () => {
    await runWith([failing('a')]);
    await runWith([passing('a')]);
    await runWith([skipped('b'), passing('c'), failing('c')], TREE);
    await runWith([failing('b'), failing('c'), passing('c')], TREE);
    expect(await ci.store.tests.flaky(app)).toEqual([]);
  });

  test('for a hundred runs, then it is forgotten where it fails again', async () => {
    await runWith([failing('totals')], TREE);
    await runWith([passing('totals')], TREE);
    for (let n = 0; n < 100; n++) await runWith([]);
    const { run } = await runWith([failing('totals')]);
    expect((await ci.store.tests.ofRun(run))?.noted).toMatchObject([{ isFlaky: false }]);
  });
});
