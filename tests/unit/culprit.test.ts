import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Conclusion } from '../../src/model/conclusion.ts';
import { type CommitVerdict, findBreakage, nextToBisect } from '../../src/model/culprit.ts';
import { branchOf, ofWorkflow, workflowsOf } from '../../src/workflow/branch.ts';

const LETTERS: Readonly<Record<string, Conclusion | null>> = {
  ...{ g: 'success', b: 'failure', t: 'timed_out', s: 'skipped', e: 'error', c: 'cancelled', r: null },
};

/** `gssb`: green, skipped, skipped, bad; the oldest first. */
function branch(letters: string): CommitVerdict[] {
  return [...letters].map((letter, run) => ({
    run,
    sha: `${run}`,
    author: 'Ada',
    conclusion: LETTERS[letter] ?? null,
  }));
}

describe('a branch is broken since', () => {
  test.each([
    ['gb', 1, 0, ''],
    ['gbbb', 1, 0, ''],
    ['ggtg', undefined, undefined, ''],
    ['gbgbb', 3, 2, ''],
    ['bb', 0, undefined, ''],
    ['gssb', 3, 0, '12'],
    ['gsbsb', 2, 0, '1'],
    ['gebs', 2, 0, '1'],
    ['gbr', 1, 0, ''],
    ['gbe', 1, 0, ''],
    ['sse', undefined, undefined, ''],
    ['', undefined, undefined, ''],
  ])('%s: commit %s', (letters, since, lastGood, untested) => {
    const found = findBreakage(branch(letters));
    expect(found?.since.run).toBe(since);
    expect(found?.lastGood?.run).toBe(lastGood);
    expect((found?.untested ?? []).map(({ run }) => run).join('')).toBe(untested);
  });
});

test('nothing is tested to find the culprit where no good commit is known, or while one is being tested', () => {
  const next = (letters: string) => {
    const found = findBreakage(branch(letters));
    return found === undefined ? undefined : nextToBisect(found)?.run;
  };
  expect(next('ssb')).toBeUndefined();
  expect(next('gsrb')).toBeUndefined();
  expect(next('gb')).toBeUndefined();
  expect(next('gsssb')).toBe(2);
});

test('halving finds the first bad commit in about as many looks as the logarithm of the gap', () => {
  void fc.assert(
    fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), (length, at) => {
      const firstBad = 1 + (at % (length - 1));
      const commits = branch(`g${'s'.repeat(length - 2)}b`);
      const look = () => {
        const found = findBreakage(commits);
        return { found, next: found === undefined ? undefined : nextToBisect(found) };
      };
      let looks = 0;
      for (let { next } = look(); next !== undefined; { next } = look()) {
        commits[next.run] = { ...next, conclusion: next.run >= firstBad ? 'failure' : 'success' };
        looks++;
      }
      expect(look().found?.since.run).toBe(firstBad);
      expect(look().found?.untested).toEqual([]);
      expect(looks).toBeLessThanOrEqual(Math.ceil(Math.log2(length)) + 1);
    }),
  );
});

let runs = 0;
/** `success main a ci.yml`: a run, by its conclusion, branch, commit and workflow. */
function run(words: string, more: object = {}) {
  const [conclusion = '', ref, sha = '', workflow = 'ci.yml'] = words.split(' ');
  const told = { run: ++runs, sha, workflow, ref: ref?.startsWith('refs/') ? ref : `refs/heads/${ref}`, author: 'Ada' };
  const said = {
    conclusion: conclusion === 'running' ? null : (conclusion as Conclusion),
    reason: null as string | null,
  };
  return { ...told, ...said, isLeftOut: false, isOfCommit: false, ...more };
}

/** The verdicts of main: `a success, b skipped`. */
function ofMain(all: readonly ReturnType<typeof run>[], line: string, workflow = 'ci.yml') {
  const commits = ofWorkflow(branchOf(all, 'refs/heads/main', line.split('')), workflow);
  return commits.map(({ sha, conclusion, run: id }) => `${sha} ${id === null ? 'untold' : conclusion}`).join(', ');
}

const LEFT_OUT = { isLeftOut: true, reason: 'policy: latest' };
const BY_PATH = { reason: '`on.push.paths` has src/**; changed: README.md' };

test('of a branch those runs count for a workflow that may have broken it', () => {
  const all = [
    run('success main a'),
    run('skipped main b tests', LEFT_OUT),
    run('skipped main c', BY_PATH),
    run('skipped main d', { reason: "the commit's message says [skip ci]" }),
    run('success main e lint.yml'),
    run('success main f'),
    run('skipped main g tests', LEFT_OUT),
  ];
  expect(ofMain(all, 'abcdefg')).toBe('a success, b skipped, d skipped, f success, g skipped');
  expect([...workflowsOf(branchOf(all, 'refs/heads/main', [...'abcdefg']))]).toEqual(['ci.yml']);
});

describe('of a commit that came by a fast-forward', () => {
  const before = run('success main a');
  test.each([
    [
      'the other branch tells',
      [run('failure topic b'), run('failure main c')],
      'abc',
      'a success, b failure, c failure',
    ],
    ['a tag does not', [run('failure refs/tags/v1 b'), run('failure main c')], 'ac', 'a success, c failure'],
    ['one of this branch goes first', [run('failure topic b'), run('success main b')], 'ab', 'a success, b success'],
    ['also while it runs', [run('failure topic b'), run('running main b')], 'ab', 'a success, b null'],
    ['unless it says nothing', [run('failure topic b'), run('error main b')], 'ab', 'a success, b failure'],
    ['what was merged in is left out', [run('failure topic x'), run('failure main m')], 'am', 'a success, m failure'],
    ['nobody may have been told', [run('failure main c')], 'abc', 'a success, b untold, c failure'],
    ['what was before is not looked at', [run('failure main b')], 'xyab', 'a success, b failure'],
    ['without git the runs tell', [run('failure topic b'), run('failure main c')], '', 'a success, c failure'],
  ])('%s', (_, later, line, expected) => {
    expect(ofMain([before, ...later], line)).toBe(expected);
  });

  test('found tests have their one run on any ref', () => {
    const found = run('failure refs/tags/v1 b tests', { isOfCommit: true });
    const branch = branchOf([found], 'refs/heads/main', ['a', 'b']);
    expect([...workflowsOf(branch)]).toEqual(['tests']);
    expect(findBreakage(ofWorkflow(branch, 'tests'))?.since.sha).toBe('b');
  });

  test('a workflow that leaves out this branch has no verdict on it', () => {
    const reason = '`on.push.branches` has release/**; this ref is main';
    const all = [run('failure release/1 b'), run('skipped main b', { reason })];
    expect(ofMain(all, 'ab')).toBe('');
  });
});
