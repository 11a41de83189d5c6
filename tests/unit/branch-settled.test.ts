import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BranchRun } from '../../src/store/read-branch.ts';
import { verdictOf } from '../../src/web/verdicts.ts';
import { branchOf, isSettled, isSettledByCommits } from '../../src/workflow/branch.ts';

const MAIN = 'refs/heads/main';
const COMMITS = 6;

const told = fc.record({
  commit: fc.nat({ max: COMMITS - 1 }),
  ref: fc.constantFrom(MAIN, MAIN, MAIN, 'refs/heads/side', 'refs/tags/v1'),
  workflow: fc.constantFrom('a.yml', 'a.yml', 'b.yml'),
  isLeftOut: fc.constantFrom(false, false, false, true),
  conclusion: fc.constantFrom('success', 'success', 'failure', 'timed_out', 'error', 'cancelled', 'skipped', null),
});
type Told = typeof told extends fc.Arbitrary<infer T> ? T : never;

/** Of commits told in any order, those of one push together, as the dispatcher makes them. */
function runsOf(all: readonly Told[]): BranchRun[] {
  const pushes = new Map<string, Told[]>();
  for (const one of all.toSorted((a, b) => Math.floor(a.commit / 2) - Math.floor(b.commit / 2))) {
    const push = `${one.commit} ${one.ref}`;
    pushes.set(push, [...(pushes.get(push) ?? []), one]);
  }
  return [...pushes.values()].flat().map(({ commit, conclusion, isLeftOut, ...run }, at) => ({
    ...{
      ...run,
      run: at + 1,
      number: at + 1,
      sha: `sha-${commit}`,
      title: '',
      author: '',
      reason: null,
      purpose: null,
    },
    ...{ isLeftOut, conclusion: isLeftOut ? 'skipped' : conclusion, isOfCommit: false, at: new Date(0) },
  }));
}

const line = Array.from({ length: COMMITS }, (_, at) => `sha-${at}`);

test('a settled verdict is the same whatever older runs say', () => {
  let settled = 0;
  fc.assert(
    fc.property(fc.array(told, { minLength: 4, maxLength: 16 }), fc.nat({ max: 12 }), (all, cut) => {
      const runs = runsOf(all);
      const few = runs.slice(cut);
      const branch = branchOf(few, MAIN, line);
      if (!isSettled(branch, few)) return;
      settled += 1;
      const [narrow, wide] = [verdictOf('app', branch), verdictOf('app', branchOf(runs, MAIN, line))];
      expect(narrow).toEqual(wide);
    }),
    { numRuns: 2_000 },
  );
  expect(settled).toBeGreaterThan(20);
});

test.each([
  ['git says in which order commits are', line],
  ['runs alone say it', []],
])('settled by all runs of its newest commits it is the same whatever others say, where %s', (_, known) => {
  let settled = 0;
  fc.assert(
    fc.property(fc.array(told, { minLength: 4, maxLength: 16 }), fc.nat({ max: 12 }), (all, cut) => {
      const runs = runsOf(all);
      const few = runs.slice(cut);
      const shas = new Set(branchOf(few, MAIN, known).commits.map(({ sha }) => sha));
      const branch = branchOf(
        runs.filter(({ sha }) => shas.has(sha)),
        MAIN,
        known,
      );
      const wide = branchOf(runs, MAIN, known);
      if (branch.commits.at(-1)?.sha !== wide.commits.at(-1)?.sha) return;
      if (!isSettledByCommits(branch, few[0]?.run ?? 0)) return;
      settled += 1;
      expect(verdictOf('app', branch)).toEqual(verdictOf('app', wide));
    }),
    { numRuns: 2_000 },
  );
  expect(settled).toBeGreaterThan(20);
});

test('a green branch is settled by its newest commits, a branch without a pass is not', () => {
  const run = { ref: MAIN, workflow: 'a.yml', isLeftOut: false } as const;
  const [first, failed] = [{ ...run, commit: 0 }, { ...run, commit: 2, conclusion: 'failure' } as const];
  const green = runsOf([{ ...first, conclusion: 'failure' }, { ...run, commit: 1, conclusion: 'success' }, failed]);
  expect(isSettled(branchOf(green, MAIN, line.slice(0, 3)), green)).toBe(true);
  const red = runsOf([{ ...first, conclusion: 'success' }, failed]);
  expect(isSettled(branchOf(red, MAIN, ['sha-0', 'sha-2']), red)).toBe(false);
});
